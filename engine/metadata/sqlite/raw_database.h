#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// For this room's tests: a folder of their own, and what a store would never do to its database.
namespace stepcache::metadata {

// A new folder that all may enter, gone at the end.
class TestFolder {
 public:
  explicit TestFolder(const std::string& inner = "store") {
    std::string pattern = (std::filesystem::temp_directory_path() / "stepcache_metadata_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = pattern;
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    inner_ = folder_ / inner;
    std::filesystem::create_directory(inner_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path database() const { return inner_ / "metadata.db"; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path inner_;
};

// A connection without a store. Throws on errors.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& path) {
    require(sqlite3_open(path.c_str(), &database_));
    sqlite3_busy_timeout(database_, 10'000);
  }
  ~RawDatabase() { sqlite3_close(database_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  void execute(const std::string& sql) { require(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr)); }

  // The first column of each row, as bytes.
  void each_blob(const std::string& sql, const std::function<void(std::string_view)>& visit) {
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr));
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      visit({data, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))});
    }
    sqlite3_finalize(statement);
  }

  std::string text(const std::string& sql) {
    std::string found;
    each_blob(sql, [&](std::string_view value) { found = value; });
    return found;
  }

  std::vector<std::string> columns(const std::string& table) {
    std::vector<std::string> found;
    each_blob("SELECT name FROM pragma_table_info('" + table + "')",
              [&](std::string_view name) { found.emplace_back(name); });
    return found;
  }

  // Changes one bit of the column in each row, or writes one byte where there is none. Whether a row was changed.
  bool flip(std::string_view table, std::string_view column) {
    require(sqlite3_create_function(database_, "flipped", 1, SQLITE_UTF8, nullptr, flipped, nullptr, nullptr));
    const std::string name = '"' + std::string(column) + '"';
    execute("UPDATE " + std::string(table) + " SET " + name + " = flipped(" + name + ")");
    return sqlite3_changes(database_) > 0;
  }

 private:
  void require(int code) {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database_));
  }

  static void flipped(sqlite3_context* context, int, sqlite3_value** values) {
    sqlite3_value* value = values[0];
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_INTEGER) return sqlite3_result_int64(context, sqlite3_value_int64(value) ^ 1);
    const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
    std::string bytes(data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_value_bytes(value)));
    if (bytes.empty()) {
      bytes = "x";
    } else {
      bytes.front() = static_cast<char>(bytes.front() ^ 1);
    }
    const int size = static_cast<int>(bytes.size());
    if (type == SQLITE_TEXT) {
      sqlite3_result_text(context, bytes.data(), size, SQLITE_TRANSIENT);
    } else {
      sqlite3_result_blob(context, bytes.data(), size, SQLITE_TRANSIENT);
    }
  }

  sqlite3* database_ = nullptr;
};

inline void flip_byte_of_file(const std::filesystem::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

// Changes the first byte of the bytes wherever they stand in the file. Whether they do.
inline bool flip_in_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  file.close();
  bool found = false;
  for (auto at = content.find(bytes); at != std::string::npos; at = content.find(bytes, at + 1)) {
    flip_byte_of_file(path, at);
    found = true;
  }
  return found;
}

}  // namespace stepcache::metadata
