#include "metadata/sqlite/sqlite_metadata_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cctype>
#include <system_error>

#include "metadata/sqlite/migration.h"
#include "metadata/sqlite/schema.h"
#include "metadata/sqlite/sqlite_store.h"

namespace stepcache::metadata {
namespace {

using sqlite::Connection;
using sqlite::OpenMode;
using sqlite::SqliteStore;

// mmap: reads of pages without a call to the system. cache_size in KiB: for pages being written. The log may grow to
// some 40 MB before a commit moves it into the database; usually sync() does so earlier, and not while a step waits.
constexpr const char* k_settings = R"(
PRAGMA mmap_size = 1073741824;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 10000;
)";

enum class Content { ours, older, nothing };

// Whose database it is, by its header.
Result<Content> identify(Connection& connection, const std::string& where) {
  STEPCACHE_TRY_ASSIGN(const std::int64_t application, connection.number("PRAGMA application_id"));
  STEPCACHE_TRY_ASSIGN(const std::int64_t format, connection.number("PRAGMA user_version"));
  if (application == sqlite::k_application_id) {
    if (format == sqlite::k_format_version) return Content::ours;
    if (format >= sqlite::k_oldest_format && format < sqlite::k_format_version) return Content::older;
    return fail(ErrorCode::unsupported_format,
                fmt::format("the records have format {}, this Stepcache reads format {}; use the Stepcache that wrote "
                            "them, or another workspace",
                            format, sqlite::k_format_version),
                where);
  }
  if (application == 0 && format == 0) {
    STEPCACHE_TRY_ASSIGN(const std::int64_t tables, connection.number("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) return Content::nothing;
  }
  return fail(
      ErrorCode::unsupported_format,
      fmt::format("this is the database of another program (application id {}); it was left as it is", application),
      where);
}

// Tries again while another process does the same: the change to write-ahead logging does not wait by itself.
Result<void> set_log_mode(Connection& connection, int timeout_ms) {
  constexpr int k_pause_ms = 10;
  for (int waited_ms = 0;; waited_ms += k_pause_ms) {
    auto done = connection.execute("PRAGMA journal_mode = WAL");
    if (done || done.error().code != ErrorCode::busy || waited_ms >= timeout_ms) return done;
    sqlite3_sleep(k_pause_ms);
  }
}

std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : path.native()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri + "?immutable=1";
}

// A log that holds something: what it holds is part of the database.
bool has_log(const std::filesystem::path& path) {
  std::filesystem::path log = path;
  log += "-wal";
  std::error_code error;
  const auto size = std::filesystem::file_size(log, error);
  return !error && size > 0;
}

struct Opened {
  Connection connection;
  Content content = Content::nothing;
};

Result<Opened> open_and_identify(const std::string& name, const OpenMode& mode, const SqliteOptions& options) {
  Opened opened;
  STEPCACHE_TRY_ASSIGN(opened.connection, Connection::open(name, mode, options.busy_timeout_ms));
  // In one transaction: somebody may be making the tables. After an error the connection ends, and with it this.
  STEPCACHE_TRY(opened.connection.execute("BEGIN"));
  STEPCACHE_TRY_ASSIGN(opened.content, identify(opened.connection, options.path.native()));
  STEPCACHE_TRY(opened.connection.execute("COMMIT"));
  return opened;
}

Result<std::unique_ptr<MetadataStore>> open_to_read(const SqliteOptions& options) {
  const std::string& file = options.path.native();
  const auto nothing_there = [&] { return fail(ErrorCode::not_found, "nothing was recorded here yet", file); };
  std::error_code error;
  if (!std::filesystem::exists(options.path, error) && !error) return nothing_there();

  OpenMode mode{.read_only = true};
  auto opened = open_and_identify(file, mode, options);
  // Readers of a write-ahead log share an index in a file. Where that cannot be made, nobody writes either, and without
  // a log the database is all there is.
  if (!opened && opened.error().code == ErrorCode::io && !has_log(options.path)) {
    mode.uri = true;
    opened = open_and_identify(immutable_uri(options.path), mode, options);
  }
  if (!opened) return fail(std::move(opened).error());
  if (opened->content == Content::nothing) return nothing_there();
  if (opened->content == Content::older) {
    STEPCACHE_TRY_ASSIGN(opened->connection, sqlite::migrated_copy(opened->connection));
  }
  STEPCACHE_TRY(opened->connection.execute(k_settings));
  return std::make_unique<SqliteStore>(std::move(opened->connection), true);
}

}  // namespace

Result<std::unique_ptr<MetadataStore>> open_sqlite_store(const SqliteOptions& options) {
  if (options.read_only) return open_to_read(options);
  const std::string name = options.in_memory ? ":memory:" : options.path.native();
  STEPCACHE_TRY_ASSIGN(Opened opened, open_and_identify(name, OpenMode{.create = true}, options));
  const bool is_new = opened.content == Content::nothing;
  if (is_new && !options.in_memory) STEPCACHE_TRY(set_log_mode(opened.connection, options.busy_timeout_ms));
  STEPCACHE_TRY(opened.connection.execute(k_settings));
  if (opened.content == Content::older) STEPCACHE_TRY(sqlite::migrate(opened.connection));
  auto store = std::make_unique<SqliteStore>(std::move(opened.connection), false);
  if (is_new) STEPCACHE_TRY(store->make_tables());
  return store;
}

}  // namespace stepcache::metadata
