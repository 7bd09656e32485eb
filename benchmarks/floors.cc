// What a machine needs at least for what Stepcache does, done plainly. One floor a call, timed from outside:
//   floors insert FILE ROWS      ROWS rows under random 32-byte keys into a table of 100,000 such rows, one transaction
//   floors fill FILE             makes that table
//   floors lookup FILE ROWS      ROWS look-ups of random keys, in one read transaction
//   floors array FILE COUNT      makes COUNT doubles, hashes, writes and syncs them, one after the other, and their
//   mean
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int k_table_rows = 100'000;
constexpr int k_value_bytes = 100;

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "floors: %s failed\n", what);
  std::exit(1);
}

sqlite3* open(const char* file) {
  sqlite3* database = nullptr;
  require(sqlite3_open(file, &database) == SQLITE_OK, "opening the database");
  sqlite3_exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr);
  return database;
}

std::array<char, 32> key(std::mt19937_64& random) {
  std::array<char, 32> bytes{};
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void insert_rows(sqlite3* database, int rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  sqlite3_stmt* statement = nullptr;
  require(sqlite3_prepare_v2(database, "INSERT INTO entries VALUES (?, ?)", -1, &statement, nullptr) == SQLITE_OK,
          "preparing");
  const std::string value(k_value_bytes, 'v');
  sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  for (int i = 0; i < rows; ++i) {
    const auto bytes = key(random);
    sqlite3_bind_blob(statement, 1, bytes.data(), bytes.size(), SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, value.data(), k_value_bytes, SQLITE_STATIC);
    require(sqlite3_step(statement) == SQLITE_DONE, "inserting");
    sqlite3_reset(statement);
  }
  require(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK, "committing");
  sqlite3_finalize(statement);
}

int fill(const char* file) {
  sqlite3* database = open(file);
  sqlite3_exec(database, "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID", nullptr, nullptr,
               nullptr);
  insert_rows(database, k_table_rows, 1);
  sqlite3_close(database);
  return 0;
}

int insert(const char* file, int rows) {
  sqlite3* database = open(file);
  insert_rows(database, rows, std::random_device()());
  sqlite3_close(database);
  return 0;
}

int lookup(const char* file, int rows) {
  sqlite3* database = open(file);
  std::mt19937_64 random(1);
  sqlite3_stmt* statement = nullptr;
  require(sqlite3_prepare_v2(database, "SELECT value FROM entries WHERE key = ?", -1, &statement, nullptr) == SQLITE_OK,
          "preparing");
  sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr);
  for (int i = 0; i < rows; ++i) {
    const auto bytes = key(random);
    sqlite3_bind_blob(statement, 1, bytes.data(), bytes.size(), SQLITE_STATIC);
    require(sqlite3_step(statement) == SQLITE_ROW, "finding a row");
    sqlite3_reset(statement);
  }
  sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return 0;
}

int array(const char* file, std::int64_t count) {
  std::vector<double> vector(static_cast<std::size_t>(count));
  double value = 0.5;
  for (double& element : vector) {
    value = value * 3.7 * (1.0 - value) + 1e-9;
    element = value;
  }
  const char* bytes = reinterpret_cast<const char*>(vector.data());
  const std::size_t size = vector.size() * sizeof(double);
  std::array<unsigned char, 32> digest{};
  require(EVP_Digest(bytes, size, digest.data(), nullptr, EVP_sha256(), nullptr) == 1, "hashing");
  const int descriptor = ::open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(descriptor >= 0, "creating the file");
  for (std::size_t written = 0; written < size;) {
    const ssize_t now = ::write(descriptor, bytes + written, size - written);
    require(now > 0, "writing");
    written += static_cast<std::size_t>(now);
  }
  require(::fsync(descriptor) == 0, "syncing");
  ::close(descriptor);
  const double mean = std::accumulate(vector.begin(), vector.end(), 0.0) / static_cast<double>(count);
  std::printf("%.17g %02x\n", mean, digest[0]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "fill") return fill(argv[2]);
  if (what == "insert" && argc == 4) return insert(argv[2], std::atoi(argv[3]));
  if (what == "lookup" && argc == 4) return lookup(argv[2], std::atoi(argv[3]));
  if (what == "array" && argc == 4) return array(argv[2], std::atoll(argv[3]));
  std::fputs("usage: floors fill FILE | insert FILE ROWS | lookup FILE ROWS | array FILE COUNT\n", stderr);
  return 2;
}
