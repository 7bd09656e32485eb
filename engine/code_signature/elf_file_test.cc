#include "code_signature/elf_file.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "code_signature/coarse.h"
#include "code_signature/elf_dynamic.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::code_signature {
namespace {

// A small real shared object, made once.
const std::string& small_elf() {
  static const std::string k_bytes = [] {
    const testing::TemporaryFolder folder;
    const std::string file = folder.path() / "libsmall.so";
    const std::string command =
        "echo 'extern \"C\" int puts(const char*); static const char* text = \"hello\";"
        " extern \"C\" int hello() { return puts(text); } int zeros[9];'"
        " | '" TEST_COMPILER "' -x c++ -shared -fPIC -O1 -nostartfiles -Wl,--build-id=sha1 -s - -o '" +
        file + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return platform::read_whole(platform::real_file_system(), file).value_or("");
  }();
  return k_bytes;
}

class ElfFiles : public ::testing::Test {
 public:
  Result<std::optional<ElfFile>> open(std::string_view bytes) {
    files.write("/elf", bytes);
    return ElfFile::open(files, "/elf");
  }
  Result<SignedCode> signature(std::string_view bytes) {
    files.write("/elf", bytes);
    return coarse_signature(files, "/elf", {"/elf"}, "/project");
  }

  testing::ManualClock clock;
  testing::MemoryFileSystem files{clock};
};

template <class Record>
void put(std::string& bytes, std::size_t at, const Record& record) {
  bytes.replace(at, sizeof record, reinterpret_cast<const char*>(&record), sizeof record);
}

TEST_F(ElfFiles, GiveTheirSectionsSymbolsAndBuildId) {
  const auto elf = open(small_elf());
  ASSERT_TRUE(elf && *elf);
  std::vector<std::string> names;
  for (const ElfSection& section : (*elf)->sections()) names.push_back(section.name);
  EXPECT_EQ(names[0], "");
  EXPECT_NE(std::find(names.begin(), names.end(), ".text"), names.end());

  const auto symbols = dynamic_symbols(**elf);
  ASSERT_TRUE(symbols);
  const auto named = [&](std::string_view name) {
    return std::find_if(symbols->begin(), symbols->end(), [&](const ElfSymbol& symbol) { return symbol.name == name; });
  };
  ASSERT_NE(named("hello"), symbols->end());
  EXPECT_TRUE(named("hello")->defined);
  ASSERT_NE(named("puts"), symbols->end());
  EXPECT_FALSE(named("puts")->defined);

  const auto relocations = dynamic_relocations(**elf, *symbols);
  ASSERT_TRUE(relocations);
  EXPECT_TRUE(std::any_of(relocations->begin(), relocations->end(), [&](const ElfRelocation& relocation) {
    return (*symbols)[relocation.symbol].name == "puts";
  }));
  const auto dynamic = dynamic_section(**elf);
  ASSERT_TRUE(dynamic);
  EXPECT_NE(std::find(dynamic->needed.begin(), dynamic->needed.end(), "libc.so.6"), dynamic->needed.end());
  EXPECT_EQ(build_id(**elf)->size(), 20U);
  EXPECT_FALSE(has_link_relocations(**elf));
}

TEST_F(ElfFiles, MayNumberTheirSectionsInTheExtendedWay) {
  std::string bytes = small_elf();
  auto header = elf_record<Elf64_Ehdr>(bytes, 0);
  auto first = elf_record<Elf64_Shdr>(bytes, header.e_shoff);
  const auto plain = signature(bytes);
  const auto count = open(bytes).value()->sections().size();
  first.sh_size = header.e_shnum;
  first.sh_link = header.e_shstrndx;
  put(bytes, header.e_shoff, first);
  header.e_shnum = 0;
  header.e_shstrndx = SHN_XINDEX;
  put(bytes, 0, header);
  const auto elf = open(bytes);
  ASSERT_TRUE(elf && *elf);
  EXPECT_EQ((*elf)->sections().size(), count);
  EXPECT_EQ(signature(bytes)->parts[0].digest, plain->parts[0].digest);

  first.sh_size = UINT64_MAX / sizeof(Elf64_Shdr) + 2;
  put(bytes, header.e_shoff, first);
  EXPECT_EQ(open(bytes).error().code, ErrorCode::damaged);
}

TEST_F(ElfFiles, ForOtherMachinesAndWithoutSectionsAreNotRead) {
  const auto changed = [&](auto change) {
    std::string bytes = small_elf();
    auto header = elf_record<Elf64_Ehdr>(bytes, 0);
    change(header);
    put(bytes, 0, header);
    return open(bytes);
  };
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_ident[EI_CLASS] = ELFCLASS32; }).value());
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_ident[EI_DATA] = ELFDATA2MSB; }).value());
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_machine = EM_RISCV; }).value());
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_shoff = 0; }).value());
  EXPECT_TRUE(changed([](Elf64_Ehdr& header) { header.e_machine = EM_AARCH64; }).value());
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_shentsize = 63; }));
  EXPECT_FALSE(changed([](Elf64_Ehdr& header) { header.e_shstrndx = 1; }));
}

TEST_F(ElfFiles, ThatAreCutAnywhereAreDamaged) {
  const std::string& bytes = small_elf();
  ASSERT_TRUE(signature(bytes));
  const auto table_end = [&] {
    const auto header = elf_record<Elf64_Ehdr>(bytes, 0);
    return header.e_shoff + header.e_shnum * sizeof(Elf64_Shdr);
  }();
  ASSERT_EQ(table_end, bytes.size());
  for (std::size_t length = SELFMAG; length < bytes.size(); ++length) {
    const auto cut = signature(std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(cut) << length;
    ASSERT_EQ(cut.error().code, ErrorCode::damaged) << length;
    ASSERT_EQ(cut.error().where, "/elf");
  }
}

TEST_F(ElfFiles, WithFlippedBytesGiveAnErrorOrASignature) {
  std::mt19937_64 random(1);
  const std::string& bytes = small_elf();
  const auto table = static_cast<std::size_t>(elf_record<Elf64_Ehdr>(bytes, 0).e_shoff);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string flipped = bytes;
    for (auto count = 1 + random() % 3; count > 0; --count) {
      // Half of them in the section headers, a quarter in the header: there they do most.
      const auto kind = random() % 4;
      const std::size_t at = kind < 2    ? table + random() % (bytes.size() - table)
                             : kind == 2 ? random() % sizeof(Elf64_Ehdr)
                                         : random() % bytes.size();
      flipped[at] = static_cast<char>(random());
    }
    const auto read = signature(flipped);
    if (!read) {
      ++refused;
      ASSERT_EQ(read.error().code, ErrorCode::damaged);
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(ElfFiles, EveryFlipInCodeOrDataChangesTheSignature) {
  const std::string& bytes = small_elf();
  const Digest plain = signature(bytes)->parts[0].digest;
  const auto elf = open(bytes).value();
  std::size_t flips = 0;
  for (const ElfSection& section : elf->sections()) {
    if (section.name != ".text" && section.name != ".rodata" && section.name != ".data" && section.name != ".eh_frame")
      continue;
    for (std::uint64_t at = section.offset; at < section.offset + section.size; ++at) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      ASSERT_NE(signature(flipped)->parts[0].digest, plain) << section.name << " " << at;
      ++flips;
    }
  }
  EXPECT_GT(flips, 50U);
}

}  // namespace
}  // namespace stepcache::code_signature
