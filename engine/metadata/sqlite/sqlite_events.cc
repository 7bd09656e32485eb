#include <algorithm>
#include <tuple>

#include "metadata/blob.h"
#include "metadata/record_blobs.h"
#include "metadata/sqlite/sqlite_store.h"

// The events of an execution are in its row, written when it finishes. The table `events` is the same by artifact: its
// rows have no order on disk, so writing them one execution at a time would cost each finished step two pages more.
// They are added for many executions at once, when somebody asks what an artifact was made from or into; up to which
// execution that was done is a setting. Who may not write, or reads in a snapshot, lists the rest in memory instead.
namespace stepcache::metadata::sqlite {
namespace {

constexpr std::string_view k_mark = "last_execution_in_events";

}  // namespace

Result<void> SqliteStore::visit_events_after(ExecutionId mark,
                                             const std::function<Result<void>(EventRecord&&)>& visit) {
  STEPCACHE_TRY_ASSIGN(Query query, executions_after_.query(connection_));
  query.integer(mark);
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    if (!holds(query, k_executions)) continue;
    auto events = decode_events(query.column_view(14), query.column_integer(0));
    if (!events) continue;
    for (EventRecord& event : *events) STEPCACHE_TRY(visit(std::move(event)));
  }
}

Result<void> SqliteStore::add_to_events() {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(const ExecutionId mark, id_setting(k_mark));
  STEPCACHE_TRY(visit_events_after(mark, [&](EventRecord&& event) -> Result<void> {
    STEPCACHE_TRY_ASSIGN(Query query, insert_event_.query(connection_));
    return RowWriter(std::move(query), hasher_, k_events.name)
        .digest(event.artifact)
        .integer(event.execution)
        .integer(static_cast<std::int64_t>(event.kind))
        .integer(event.position)
        .text(event.port)
        .run();
  }));
  STEPCACHE_TRY_ASSIGN(const ExecutionId next, next_id(highest_execution_, "last_execution"));
  BlobWriter new_mark;
  new_mark.number(static_cast<std::uint64_t>(next - 1));
  STEPCACHE_TRY(put_setting(k_mark, new_mark.take()));
  return transaction.commit();
}

Result<void> SqliteStore::list_events_anew() {
  BlobWriter mark;
  mark.number(0);
  return put_setting(k_mark, mark.take());
}

// What the table does not list, in memory; read again when anything was written since.
Result<void> SqliteStore::list_recent_events(ExecutionId mark) {
  STEPCACHE_TRY_ASSIGN(Query query, data_version_.query(connection_));
  STEPCACHE_TRY_ASSIGN(const bool row, query.next());
  const std::int64_t version = row ? query.column_integer(0) : 0;
  if (recent_events_version_ == version) return {};
  recent_events_.clear();
  STEPCACHE_TRY(visit_events_after(mark, [&](EventRecord&& event) -> Result<void> {
    recent_events_.emplace(event.artifact, std::move(event));
    return {};
  }));
  recent_events_version_ = version;
  return {};
}

Result<bool> SqliteStore::events_are_behind(ExecutionId mark) {
  STEPCACHE_TRY_ASSIGN(Query query, executions_after_.query(connection_));
  query.integer(mark);
  return query.next();
}

Result<std::vector<EventRecord>> SqliteStore::events_of_artifact(const Digest& artifact) {
  if (!reading_ && !read_only_) {
    STEPCACHE_TRY_ASSIGN(const ExecutionId mark, id_setting(k_mark));
    STEPCACHE_TRY_ASSIGN(const bool behind, events_are_behind(mark));
    if (behind) STEPCACHE_TRY(add_to_events());
  }
  // One state of the store for the table and for what it does not list.
  STEPCACHE_TRY_ASSIGN(const Snapshot snapshot, Snapshot::begin(*this));
  STEPCACHE_TRY_ASSIGN(const ExecutionId mark, id_setting(k_mark));
  STEPCACHE_TRY_ASSIGN(const bool behind, events_are_behind(mark));
  STEPCACHE_TRY_ASSIGN(std::vector<EventRecord> events, read_events(artifact));
  if (!behind) return events;
  STEPCACHE_TRY(list_recent_events(mark));
  const auto [first, last] = recent_events_.equal_range(artifact);
  for (auto event = first; event != last; ++event) events.push_back(event->second);
  const auto place = [](const EventRecord& event) { return std::tie(event.execution, event.kind, event.position); };
  std::sort(events.begin(), events.end(),
            [&](const EventRecord& a, const EventRecord& b) { return place(a) < place(b); });
  // After a repair the table lists executions that it will be given once more.
  const auto same = [&](const EventRecord& a, const EventRecord& b) { return place(a) == place(b); };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());
  return events;
}

Result<std::vector<EventRecord>> SqliteStore::read_events(const Digest& artifact) {
  STEPCACHE_TRY_ASSIGN(Query query, find_events_.query(connection_));
  query.digest(artifact);
  std::vector<EventRecord> events;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return events;
    if (!holds(query, k_events)) continue;
    EventRecord& event = events.emplace_back();
    event.artifact = artifact;
    event.execution = query.column_integer(1);
    event.kind = static_cast<EventKind>(query.column_integer(2));
    event.position = static_cast<std::uint32_t>(query.column_integer(3));
    event.port = query.column_string(4);
  }
}

Result<std::vector<EventRecord>> SqliteStore::events_of_execution(ExecutionId id) {
  STEPCACHE_TRY_ASSIGN(Query query, find_execution_.query(connection_));
  query.integer(id);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found || !holds(query, k_executions)) return std::vector<EventRecord>();
  return decode_events(query.column_view(14), id).value_or(std::vector<EventRecord>());
}

}  // namespace stepcache::metadata::sqlite
