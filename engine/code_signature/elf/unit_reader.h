#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code_signature/edge_sources.h"
#include "code_signature/elf/exception_tables.h"
#include "code_signature/elf/image.h"
#include "code_signature/elf/instructions.h"
#include "code_signature/elf/reference.h"
#include "code_signature/elf/units.h"
#include "digest/digest.h"
#include "digest/field_hasher.h"
#include "result/result.h"

namespace stepcache::code_signature {

// A constant that a unit holds by value.
struct UnitConstant {
  std::string bytes;
  bool text = false;
};

// What one unit is, wherever it lies: its bytes without addresses, and what each address means.
struct UnitContent {
  static constexpr std::uint64_t k_elsewhere = UINT64_MAX;
  // What it reaches, in order; a name that is imported where the unit is not known.
  struct Edge {
    std::string_view import;  // empty: `unit`
    UnitId unit = 0;
    // Where in the unit the address stands, if it does; in a linkage table or an access sequence it stands elsewhere.
    std::uint64_t place = k_elsewhere;
  };
  Digest digest;
  std::vector<Edge> edges;
  std::vector<UnitConstant> constants;  // when asked for
};

// Reads units of one file. Decodes machine code only where relocations do not tell enough: exception tables, lines of
// assertions, branches that carry no relocation. Not thread-safe.
class UnitReader {
 public:
  UnitReader(const Image& image, UnitMap& units, const ExceptionTables& exceptions, const EdgeSources& sources)
      : image_(image), units_(units), exceptions_(exceptions), sources_(sources), references_(image, units, sources) {}

  // Errors: unsupported_format for what cannot be read: a relocation, an instruction, a table.
  Result<UnitContent> read(UnitId id, bool keep_constants = false);

  // Of a function, the places of addresses (as in an edge) at which it only reads; ascending. None where that is not
  // known. Errors: as read().
  Result<std::vector<std::uint64_t>> places_read(UnitId id);

  // How many units had to be decoded, and how long that took.
  std::uint64_t decoded() const { return decoded_; }
  double decode_seconds() const { return decode_seconds_; }

 private:
  struct Work {
    Unit unit;
    const ImageSection* section = nullptr;
    std::string bytes;  // as linked, then without addresses
    std::string_view linked;
    UnitContent content;
    bool keep_constants = false;
    std::vector<std::uint64_t> assertions;                        // places of calls to __assert_fail
    std::vector<std::pair<std::uint64_t, std::uint64_t>> fields;  // places of relocations in it: begin, end
    std::optional<std::vector<Instruction>> instructions;
  };

  Work begin(UnitId id) const;
  Result<void> add_relocations(Work& work);
  Result<void> add_unrelocated_branches(Work& work);
  Result<void> add_exceptions(Work& work);
  Result<void> mask_assertion_lines(Work& work);
  void add_reference(Work& work, const Reference& reference);
  void add_type(Work& work, std::uint64_t address, bool indirect);
  void mask(Work& work, const AddressField& field, std::uint64_t at) const;
  bool has_relocation(const Work& work, std::uint64_t at) const;
  bool may_branch_out(const Work& work) const;
  Result<void> decode(Work& work);

  const Image& image_;
  UnitMap& units_;
  const ExceptionTables& exceptions_;
  const EdgeSources& sources_;
  ReferenceReader references_;
  FieldHasher hasher_;
  std::uint64_t decoded_ = 0;
  double decode_seconds_ = 0;
};

}  // namespace stepcache::code_signature
