#include "platform/loaded_code.h"

#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "platform/file_system.h"

namespace stepcache::platform {
namespace {

std::string module_name(const dl_phdr_info& info) {
  const std::string_view name = info.dlpi_name == nullptr ? "" : info.dlpi_name;
  return std::filesystem::path(name).filename().string();
}

struct BytesWanted {
  const CodePlace& place;
  std::uint64_t size;
  std::optional<std::string> found;
};

std::string copied(std::uintptr_t address, std::uint64_t size) {
  return {reinterpret_cast<const char*>(address), static_cast<std::size_t>(size)};
}

}  // namespace

std::vector<std::filesystem::path> loaded_libraries() {
  std::vector<std::filesystem::path> libraries;
  const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
    // The program has no name here, and what the kernel maps itself has one without a slash.
    const std::string_view name = info->dlpi_name == nullptr ? "" : info->dlpi_name;
    if (name.find('/') != std::string_view::npos) {
      std::error_code code;
      auto absolute = std::filesystem::absolute(name, code);
      static_cast<std::vector<std::filesystem::path>*>(data)->push_back(code ? std::filesystem::path(name)
                                                                             : std::move(absolute));
    }
    return 0;
  };
  ::dl_iterate_phdr(visit, &libraries);
  return libraries;
}

std::optional<CodePlace> code_place(const void* address) {
  struct Search {
    std::uintptr_t address;
    std::optional<CodePlace> found;
  };
  Search search{reinterpret_cast<std::uintptr_t>(address), std::nullopt};
  const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
    auto& looking = *static_cast<Search*>(data);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
      if (segment.p_type != PT_LOAD || looking.address < start || looking.address - start >= segment.p_memsz) continue;
      looking.found = CodePlace{module_name(*info), looking.address - info->dlpi_addr};
      return 1;
    }
    return 0;
  };
  ::dl_iterate_phdr(visit, &search);
  return search.found;
}

std::optional<std::string> loaded_bytes(const CodePlace& place, std::uint64_t size) {
  BytesWanted wanted{place, size, std::nullopt};
  const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
    auto& looking = *static_cast<BytesWanted*>(data);
    if (module_name(*info) != looking.place.module) return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || looking.place.offset < segment.p_vaddr) continue;
      const std::uint64_t at = looking.place.offset - segment.p_vaddr;
      if (at > segment.p_memsz || looking.size > segment.p_memsz - at) continue;
      looking.found = copied(info->dlpi_addr + looking.place.offset, looking.size);
    }
    return 1;
  };
  ::dl_iterate_phdr(visit, &wanted);
  return wanted.found;
}

std::optional<std::string> thread_bytes(const CodePlace& place, std::uint64_t size) {
  BytesWanted wanted{place, size, std::nullopt};
  const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
    auto& looking = *static_cast<BytesWanted*>(data);
    if (module_name(*info) != looking.place.module) return 0;
    for (int i = 0; i < info->dlpi_phnum && info->dlpi_tls_data != nullptr; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      if (segment.p_type != PT_TLS || looking.place.offset > segment.p_memsz) continue;
      if (looking.size > segment.p_memsz - looking.place.offset) continue;
      looking.found =
          copied(reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data) + looking.place.offset, looking.size);
    }
    return 1;
  };
  ::dl_iterate_phdr(visit, &wanted);
  return wanted.found;
}

MappedMemory MappedMemory::read() {
  MappedMemory memory;
  const auto text = read_whole(real_file_system(), "/proc/self/maps");
  if (!text) return memory;
  constexpr int k_hexadecimal = 16;
  const char* at = text->c_str();
  while (*at != '\0') {
    char* end = nullptr;
    const std::uint64_t first = std::strtoull(at, &end, k_hexadecimal);
    if (end == at || *end != '-') break;
    at = end + 1;
    const std::uint64_t last = std::strtoull(at, &end, k_hexadecimal);
    memory.ranges_.emplace_back(first, last);
    at = end;
    while (*at != '\0' && *at != '\n') ++at;
    if (*at == '\n') ++at;
  }
  std::sort(memory.ranges_.begin(), memory.ranges_.end());
  return memory;
}

bool MappedMemory::contains(std::uint64_t address) const {
  // Nothing can be told without the map: then anything may be an address.
  if (ranges_.empty()) return address != 0;
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), std::pair(address, UINT64_MAX));
  return after != ranges_.begin() && address < std::prev(after)->second;
}

}  // namespace stepcache::platform
