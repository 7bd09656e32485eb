#include "code_signature/elf_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>

namespace stepcache::code_signature {
namespace {

template <class T>
T structure_at(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string name_at(std::string_view names, std::uint32_t offset) {
  if (offset >= names.size()) return {};
  const std::string_view rest = names.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

Result<std::optional<ElfFile>> ElfFile::open(platform::FileSystem& files, const std::filesystem::path& path) {
  ElfFile elf;
  elf.path_ = path;
  STEPCACHE_TRY_ASSIGN(elf.file_, files.open(path));
  STEPCACHE_TRY_ASSIGN(const auto info, elf.file_->info());
  elf.size_bytes_ = info.identity.size_bytes;
  if (elf.size_bytes_ < EI_NIDENT) return std::optional<ElfFile>();
  STEPCACHE_TRY_ASSIGN(const std::string identification, elf.read(0, EI_NIDENT));
  if (!identification.starts_with(ELFMAG) || identification[EI_CLASS] != ELFCLASS64 || identification[EI_DATA] != ELFDATA2LSB) {
    return std::optional<ElfFile>();
  }
  STEPCACHE_TRY(elf.read_sections());
  return std::optional<ElfFile>(std::move(elf));
}

Result<void> ElfFile::read_sections() {
  STEPCACHE_TRY_ASSIGN(const std::string header_bytes, read(0, sizeof(Elf64_Ehdr)));
  const auto header = structure_at<Elf64_Ehdr>(header_bytes, 0);
  if (header.e_shoff == 0) return {};
  if (header.e_shentsize != sizeof(Elf64_Shdr)) {
    return fail(ErrorCode::damaged, "its section headers have an unknown size", path_.string());
  }
  STEPCACHE_TRY_ASSIGN(const std::string first_bytes, read(header.e_shoff, sizeof(Elf64_Shdr)));
  const auto first = structure_at<Elf64_Shdr>(first_bytes, 0);
  // Extended numbering: from 65,280 sections on the counts stand in section 0.
  const std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  const std::uint64_t names_index = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
  if (count > size_bytes_ / sizeof(Elf64_Shdr) || names_index >= count) {
    return fail(ErrorCode::damaged, "its section headers reach beyond its end", path_.string());
  }
  STEPCACHE_TRY_ASSIGN(const std::string table, read(header.e_shoff, count * sizeof(Elf64_Shdr)));
  const auto names_header = structure_at<Elf64_Shdr>(table, names_index * sizeof(Elf64_Shdr));
  STEPCACHE_TRY_ASSIGN(const std::string names, read(names_header.sh_offset, names_header.sh_size));
  sections_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto section = structure_at<Elf64_Shdr>(table, i * sizeof(Elf64_Shdr));
    sections_.push_back({name_at(names, section.sh_name), section.sh_type, section.sh_flags, section.sh_addr,
                         section.sh_offset, section.sh_size, section.sh_link, section.sh_entsize});
  }
  return {};
}

const ElfSection* ElfFile::section_named(std::string_view name) const {
  for (const ElfSection& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

Result<std::string> ElfFile::content(const ElfSection& section) {
  if (section.type == SHT_NOBITS) return std::string();
  return read(section.offset, section.size_bytes);
}

Result<std::string> ElfFile::build_id() {
  const ElfSection* section = section_named(".note.gnu.build-id");
  if (section == nullptr) return std::string();
  STEPCACHE_TRY_ASSIGN(const std::string note, content(*section));
  if (note.size() < sizeof(Elf64_Nhdr)) return std::string();
  const auto header = structure_at<Elf64_Nhdr>(note, 0);
  const std::uint64_t start = sizeof(Elf64_Nhdr) + ((std::uint64_t{header.n_namesz} + 3) & ~std::uint64_t{3});
  if (header.n_type != NT_GNU_BUILD_ID || start > note.size() || header.n_descsz > note.size() - start) return std::string();
  std::string hex;
  for (std::size_t i = 0; i < header.n_descsz; ++i) hex += fmt::format("{:02x}", static_cast<unsigned char>(note[start + i]));
  return hex;
}

Result<std::string> ElfFile::read(std::uint64_t offset, std::uint64_t size_bytes) {
  if (offset > size_bytes_ || size_bytes > size_bytes_ - offset) {
    return fail(ErrorCode::damaged, "this ELF file is cut off: build it again", path_.string());
  }
  std::string bytes(size_bytes, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    STEPCACHE_TRY_ASSIGN(const std::size_t got,
                         file_->read_at(std::as_writable_bytes(std::span(bytes)).subspan(done), offset + done));
    if (got == 0) return fail(ErrorCode::damaged, "this ELF file is cut off: build it again", path_.string());
    done += got;
  }
  return bytes;
}

}  // namespace stepcache::code_signature
