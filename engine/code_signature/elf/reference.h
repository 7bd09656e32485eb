#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "code_signature/edge_sources.h"
#include "code_signature/elf/address_field.h"
#include "code_signature/elf/image.h"
#include "code_signature/elf/units.h"
#include "result/result.h"

namespace stepcache::code_signature {

// What the place of a relocation means.
struct Reference {
  enum class Kind : std::uint8_t { unit, import, constant, number } kind = Kind::number;
  UnitId unit = 0;
  std::string_view name;      // of an import, without its version
  std::string_view constant;  // its bytes
  bool text = false;          // the constant is a string
  std::int64_t offset = 0;    // from the start of the unit, of the constant; the number itself
};

// Finds what relocations mean, by the rules of docs/formats/code_signature.md: the object is the one that the symbol
// names; the offset in it comes from the final bytes. Remembers where tables without a name were seen to start.
class ReferenceReader {
 public:
  ReferenceReader(const Image& image, UnitMap& units, const EdgeSources& sources)
      : image_(image), units_(units), sources_(sources) {}

  // Of `relocation`, whose place is `field`, in unit `from`. Errors: unsupported_format.
  Result<Reference> read(const Unit& from, const ImageRelocation& relocation, const AddressField& field);
  // Of an address that some table holds.
  Reference at_address(std::uint64_t address);
  // Of the word at an address, as the loader leaves it (a slot through which something is reached).
  Reference through_word(std::uint64_t address);

 private:
  struct Place {
    const Unit& from;
    const ImageRelocation& relocation;
    const AddressField& field;
    const ImageSymbol& symbol;
    bool in_code = false;
    std::uint64_t final_address = 0;  // what the final bytes say; of a relative field without the way to its end
  };

  Reference to_name(const Place& place);
  Reference to_section(const Place& place);
  Reference to_code(const Place& place);
  Reference to_anonymous_data(const Place& place, std::uint32_t section);
  Reference to_constant(std::uint32_t section, std::uint64_t address, std::int64_t offset) const;
  Reference to_unit(UnitId unit, std::uint64_t address) const;
  std::uint64_t table_base(const Unit& table, std::uint64_t address) const;
  std::uint64_t length_of_table(std::uint32_t section, std::uint64_t address) const;
  bool goes_to_code(const ImageRelocation& relocation) const;

  const Image& image_;
  UnitMap& units_;
  const EdgeSources& sources_;
  std::map<std::uint64_t, std::set<std::uint64_t>> bases_;  // by the unit's address: where code was seen to enter it
};

}  // namespace stepcache::code_signature
