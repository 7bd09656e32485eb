#include "code_signature/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace stepcache::code_signature {
namespace {

// Records are copied from the file as they are.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t k_block_bytes = std::size_t{256} << 10U;

bool is_elf(std::string_view start) { return start.starts_with(std::string_view(ELFMAG, SELFMAG)); }

bool is_supported(const Elf64_Ehdr& header) {
  return header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         (header.e_machine == EM_X86_64 || header.e_machine == EM_AARCH64);
}

}  // namespace

std::optional<std::string_view> elf_string(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return std::nullopt;
  const std::size_t end = table.find('\0', offset);
  if (end == std::string_view::npos) return std::nullopt;
  return table.substr(offset, end - offset);
}

tl::unexpected<Error> ElfFile::damaged(std::string_view what) const {
  return fail(ErrorCode::damaged, "the compiled file is cut or damaged: " + std::string(what) + "; build it again",
              path_.native());
}

bool ElfFile::inside(std::uint64_t offset, std::uint64_t size) const {
  return offset <= size_bytes_ && size <= size_bytes_ - offset;
}

Result<void> ElfFile::read(std::span<std::byte> buffer, std::uint64_t offset) const {
  while (!buffer.empty()) {
    STEPCACHE_TRY_ASSIGN(const std::size_t got, file_->read_at(buffer, offset));
    if (got == 0) return damaged("it ended while it was read");
    buffer = buffer.subspan(got);
    offset += got;
  }
  return {};
}

Result<std::string> ElfFile::read_text(std::uint64_t offset, std::uint64_t size) const {
  if (!inside(offset, size)) return damaged("a table lies outside of it");
  std::string text(static_cast<std::size_t>(size), '\0');
  STEPCACHE_TRY(read(std::as_writable_bytes(std::span(text)), offset));
  return text;
}

Result<std::optional<ElfFile>> ElfFile::open(platform::FileSystem& files, const std::filesystem::path& path) {
  ElfFile elf;
  elf.path_ = path;
  STEPCACHE_TRY_ASSIGN(elf.file_, files.open(path));
  STEPCACHE_TRY_ASSIGN(const platform::FileInfo info, elf.file_->info());
  elf.size_bytes_ = info.identity.size_bytes;

  const std::uint64_t start_bytes = std::min<std::uint64_t>(elf.size_bytes_, sizeof(Elf64_Ehdr));
  STEPCACHE_TRY_ASSIGN(const std::string start, elf.read_text(0, start_bytes));
  if (!is_elf(start)) return std::optional<ElfFile>();
  if (start.size() < sizeof(Elf64_Ehdr)) return elf.damaged("its header is cut");
  const auto header = elf_record<Elf64_Ehdr>(start, 0);
  if (!is_supported(header) || header.e_shoff == 0) return std::optional<ElfFile>();
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return elf.damaged("its section headers have an unknown size");
  elf.machine_ = header.e_machine;
  elf.type_ = header.e_type;
  elf.entry_ = header.e_entry;

  // What does not fit into the header's 16 bits is in the first section header.
  STEPCACHE_TRY_ASSIGN(const std::string first, elf.read_text(header.e_shoff, sizeof(Elf64_Shdr)));
  const auto extended = elf_record<Elf64_Shdr>(first, 0);
  const std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : extended.sh_size;
  const std::uint64_t names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : extended.sh_link;
  STEPCACHE_TRY_ASSIGN(const bool has_sections, elf.read_sections(header.e_shoff, count, names));
  if (!has_sections) return std::optional<ElfFile>();
  return std::optional<ElfFile>(std::move(elf));
}

Result<bool> ElfFile::read_sections(std::uint64_t table_offset, std::uint64_t count, std::uint64_t names_section) {
  if (count == 0) return false;
  if (count > size_bytes_ / sizeof(Elf64_Shdr)) return damaged("it has more section headers than bytes");
  STEPCACHE_TRY_ASSIGN(const std::string table, read_text(table_offset, count * sizeof(Elf64_Shdr)));
  std::vector<std::uint32_t> names;
  names.reserve(static_cast<std::size_t>(count));
  sections_.reserve(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto raw = elf_record<Elf64_Shdr>(table, i * sizeof(Elf64_Shdr));
    // The first one holds extended numbers, no section.
    const bool in_file = i > 0 && raw.sh_type != SHT_NOBITS && raw.sh_type != SHT_NULL;
    if (in_file && !inside(raw.sh_offset, raw.sh_size)) return damaged("a section lies outside of it");
    names.push_back(raw.sh_name);
    sections_.push_back({{},
                         raw.sh_type,
                         raw.sh_flags,
                         raw.sh_addr,
                         raw.sh_offset,
                         raw.sh_size,
                         raw.sh_link,
                         raw.sh_info,
                         raw.sh_entsize});
  }
  if (names_section == SHN_UNDEF) return true;
  if (names_section >= count || sections_[static_cast<std::size_t>(names_section)].type != SHT_STRTAB) {
    return damaged("its sections' names are missing");
  }
  STEPCACHE_TRY_ASSIGN(const std::string strings, content(sections_[static_cast<std::size_t>(names_section)]));
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = elf_string(strings, names[i]);
    if (!name) return damaged("a section's name is missing");
    sections_[i].name = *name;
  }
  return true;
}

const ElfSection* ElfFile::section_of_type(std::uint32_t type) const {
  const auto found =
      std::find_if(sections_.begin(), sections_.end(), [&](const ElfSection& section) { return section.type == type; });
  return found == sections_.end() ? nullptr : &*found;
}

Result<std::string> ElfFile::content(const ElfSection& section) const {
  return read_text(section.offset, section.size);
}

Result<void> ElfFile::each_block(const ElfSection& section, const std::function<void(Bytes)>& visit) const {
  if (!inside(section.offset, section.size)) return damaged("a section lies outside of it");
  std::vector<std::byte> block(static_cast<std::size_t>(std::min<std::uint64_t>(section.size, k_block_bytes)));
  std::uint64_t done = 0;
  while (done < section.size) {
    const auto part =
        std::span(block).first(static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), section.size - done)));
    STEPCACHE_TRY(read(part, section.offset + done));
    visit(part);
    done += part.size();
  }
  return {};
}

}  // namespace stepcache::code_signature
