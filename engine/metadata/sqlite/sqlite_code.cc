#include <fmt/format.h>

#include "digest/sha256.h"
#include "metadata/code_blobs.h"
#include "metadata/sqlite/sqlite_store.h"

// A part is stored once by its content, and signatures name it by the small number of its row. Numbers of rows that are
// gone may be given again, so a signature also keeps the digest of its parts: another part under an old number is
// damage.
namespace stepcache::metadata::sqlite {

Result<bool> SqliteStore::has_code(const Digest& signature) {
  STEPCACHE_TRY_ASSIGN(Query query, find_signature_.query(connection_));
  query.digest(signature);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  return found && holds(query, k_code_signatures);
}

Result<std::vector<CodePart>> SqliteStore::code_parts(const Digest& signature) {
  const auto damaged = [&] { return fail(damaged_record(fmt::format("the code {}", signature.short_hex()))); };
  STEPCACHE_TRY_ASSIGN(const Snapshot snapshot, Snapshot::begin(*this));
  STEPCACHE_TRY_ASSIGN(const std::string blob,
                       read_blob(find_signature_, k_code_signatures, signature, "the parts of code"));
  const auto content = decode_signature(blob);
  if (!content) return damaged();
  std::vector<CodePart> parts;
  std::vector<Digest> blobs;
  parts.reserve(content->parts.size());
  blobs.reserve(content->parts.size());
  for (const SignatureContent::Part& named : content->parts) {
    STEPCACHE_TRY_ASSIGN(Query query, code_part_by_id_.query(connection_));
    query.integer(named.id);
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    if (!found || !holds(query, k_code_parts)) return damaged();
    auto part = decode_code_part(query.column_view(2));
    if (!part) return damaged();
    blobs.push_back(query.column_digest(1));
    part->edges = named.edges;
    parts.push_back(std::move(*part));
  }
  if (digest_of_parts(blobs) != content->made_of) return damaged();
  return parts;
}

Result<void> SqliteStore::add_code(const Digest& signature, const std::vector<CodePart>& parts) {
  STEPCACHE_TRY_ASSIGN(const bool known, has_code(signature));
  if (known) return {};
  SignatureContent content;
  std::vector<Digest> blobs;
  for (const CodePart& part : parts) {
    const std::string blob = encode_code_part(part);
    blobs.push_back(sha256(blob));
    STEPCACHE_TRY_ASSIGN(const std::int64_t id, put_code_part(blobs.back(), blob));
    content.parts.push_back({id, part.edges});
  }
  content.made_of = digest_of_parts(blobs);
  const std::string blob = encode_signature(content);
  STEPCACHE_TRY_ASSIGN(Query query, insert_signature_.query(connection_));
  return RowWriter(std::move(query), hasher_, k_code_signatures.name).digest(signature).bytes(blob).run();
}

Result<std::int64_t> SqliteStore::put_code_part(const Digest& digest, std::string_view blob) {
  std::int64_t id = 0;
  {
    STEPCACHE_TRY_ASSIGN(Query query, code_part_by_digest_.query(connection_));
    query.digest(digest);
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    if (found) id = query.column_integer(0);
    if (found && holds(query, k_code_parts)) return id;
  }
  // A damaged row is written again under its number: what names it is whole again.
  if (id == 0) {
    STEPCACHE_TRY_ASSIGN(Query query, highest_code_part_.query(connection_));
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    id = (found ? query.column_integer(0) : 0) + 1;
  }
  STEPCACHE_TRY_ASSIGN(Query query, insert_code_part_.query(connection_));
  STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_code_parts.name).integer(id).digest(digest).bytes(blob).run());
  return id;
}

Result<void> SqliteStore::each_signature(
    const std::function<Result<void>(const Digest&, const std::optional<SignatureContent>&)>& visit) {
  STEPCACHE_TRY_ASSIGN(const Statement statement, connection_.prepare(k_code_signatures.select));
  Query query(statement.get());
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    STEPCACHE_TRY(visit(query.column_digest(0), decode_signature(query.column_view(1))));
  }
}

Result<void> SqliteStore::forget_unused_code() {
  STEPCACHE_TRY(connection_.execute(R"(
    DELETE FROM code_signatures WHERE digest NOT IN (SELECT code FROM executions);
    CREATE TEMP TABLE IF NOT EXISTS named_parts (id INTEGER PRIMARY KEY);
    DELETE FROM temp.named_parts)"));
  {
    Prepared note_part("INSERT OR IGNORE INTO temp.named_parts (id) VALUES (?)");
    const auto note = [&](const Digest&, const std::optional<SignatureContent>& content) -> Result<void> {
      if (!content) return {};
      for (const SignatureContent::Part& part : content->parts) {
        STEPCACHE_TRY_ASSIGN(Query query, note_part.query(connection_));
        STEPCACHE_TRY(query.integer(part.id).run());
      }
      return {};
    };
    STEPCACHE_TRY(each_signature(note));
  }
  return connection_.execute(R"(
    DELETE FROM code_parts WHERE id NOT IN (SELECT id FROM temp.named_parts);
    DELETE FROM temp.named_parts)");
}

Result<void> SqliteStore::delete_signatures_without_parts() {
  std::vector<Digest> broken;
  const auto look = [&](const Digest& signature, const std::optional<SignatureContent>& content) -> Result<void> {
    std::vector<Digest> blobs;
    if (content) {
      for (const SignatureContent::Part& part : content->parts) {
        STEPCACHE_TRY_ASSIGN(Query query, code_part_by_id_.query(connection_));
        query.integer(part.id);
        STEPCACHE_TRY_ASSIGN(const bool found, query.next());
        blobs.push_back(found ? query.column_digest(1) : Digest());
      }
    }
    if (!content || digest_of_parts(blobs) != content->made_of) broken.push_back(signature);
    return {};
  };
  STEPCACHE_TRY(each_signature(look));
  Prepared delete_signature("DELETE FROM code_signatures WHERE digest = ?");
  for (const Digest& signature : broken) {
    STEPCACHE_TRY_ASSIGN(Query query, delete_signature.query(connection_));
    STEPCACHE_TRY(query.digest(signature).run());
  }
  return {};
}

// --- Programs ---

Result<std::optional<ProgramRecord>> SqliteStore::program(const std::string& path) {
  STEPCACHE_TRY_ASSIGN(Query query, find_program_.query(connection_));
  query.bytes(path);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found || !holds(query, k_programs)) return std::nullopt;
  return ProgramRecord{path, query.column_digest(1), query.column_string(2)};
}

Result<void> SqliteStore::put_program(const ProgramRecord& program) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  {
    STEPCACHE_TRY_ASSIGN(Query query, insert_program_.query(connection_));
    STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_programs.name)
                      .bytes(program.path)
                      .digest(program.identity)
                      .bytes(program.signatures)
                      .run());
  }
  return transaction.commit();
}

}  // namespace stepcache::metadata::sqlite
