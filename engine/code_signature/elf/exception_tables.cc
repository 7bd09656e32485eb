#include "code_signature/elf/exception_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "code_signature/elf/encoded_reader.h"

namespace stepcache::code_signature {
namespace {

constexpr std::uint8_t k_omitted = 0xff;   // DW_EH_PE_omit
constexpr std::uint8_t k_indirect = 0x80;  // DW_EH_PE_indirect
constexpr std::uint64_t k_extended = 0xffffffff;

// What a common information entry says of the frames that name it.
struct CommonEntry {
  std::uint8_t pointers = 0;
  std::uint8_t tables = k_omitted;
  bool has_data = false;
};

std::optional<CommonEntry> read_common(EncodedReader& reader) {
  CommonEntry entry;
  const std::uint8_t version = reader.byte();
  std::string augmentation;
  for (std::uint8_t next = reader.byte(); next != 0 && !reader.failed(); next = reader.byte())
    augmentation += static_cast<char>(next);
  reader.unsigned_number();
  reader.signed_number();
  if (version == 1) {
    reader.byte();
  } else {
    reader.unsigned_number();
  }
  if (augmentation.empty()) return entry;
  if (augmentation.front() != 'z') return std::nullopt;
  entry.has_data = true;
  reader.unsigned_number();
  for (const char letter : augmentation.substr(1)) {
    if (letter == 'R') {
      entry.pointers = reader.byte();
    } else if (letter == 'L') {
      entry.tables = reader.byte();
    } else if (letter == 'P') {
      const std::uint8_t encoding = reader.byte();
      reader.pointer(encoding);
    } else if (letter != 'S' && letter != 'B') {
      return std::nullopt;
    }
  }
  return reader.failed() ? std::nullopt : std::optional(entry);
}

// The size of a type table's entry.
std::uint64_t size_of(std::uint8_t encoding) {
  switch (encoding & 0x0fU) {
    case 0x02:
    case 0x0a:
      return 2;
    case 0x03:
    case 0x0b:
      return 4;
    default:
      return 8;
  }
}

// The chain of actions that starts at `first` of the action table, with the types that they name.
class ActionReader {
 public:
  ActionReader(const Image& image, std::uint64_t actions, std::uint64_t types, std::uint8_t encoding)
      : image_(image), actions_(actions), types_(types), encoding_(encoding) {}

  bool read(std::uint64_t first, std::vector<CallSite::Action>& chain) {
    std::uint64_t at = actions_ + first - 1;
    constexpr std::size_t k_longest = 4096;
    while (chain.size() < k_longest) {
      EncodedReader reader(image_, at);
      const std::int64_t filter = reader.signed_number();
      const std::uint64_t next_place = reader.address();
      const std::int64_t next = reader.signed_number();
      if (reader.failed()) return false;
      if (!add(filter, chain)) return false;
      if (next == 0) return true;
      at = next_place + static_cast<std::uint64_t>(next);
    }
    return false;
  }

 private:
  bool type(std::uint64_t filter, std::uint64_t& address) const {
    EncodedReader reader(image_, types_ - filter * size_of(encoding_));
    address = reader.pointer(encoding_);
    return !reader.failed();
  }

  bool add(std::int64_t filter, std::vector<CallSite::Action>& chain) const {
    using Kind = CallSite::Action::Kind;
    CallSite::Action action;
    action.indirect = (encoding_ & k_indirect) != 0;
    if (filter > 0) {
      std::uint64_t address = 0;
      if (types_ == 0 || !type(static_cast<std::uint64_t>(filter), address)) return false;
      action.kind = address == 0 ? Kind::catches_all : Kind::catches;
      if (address != 0) action.types.push_back(address);
    } else if (filter < 0) {
      action.kind = Kind::throws_only;
      EncodedReader list(image_, types_ + static_cast<std::uint64_t>(-filter) - 1);
      for (std::uint64_t index = list.unsigned_number(); index != 0; index = list.unsigned_number()) {
        std::uint64_t address = 0;
        if (list.failed() || !type(index, address)) return false;
        action.types.push_back(address);
      }
    }
    chain.push_back(std::move(action));
    return true;
  }

  const Image& image_;
  std::uint64_t actions_;
  std::uint64_t types_;  // the end of the table: entries lie before it; 0: none
  std::uint8_t encoding_;
};

}  // namespace

Result<ExceptionTables> ExceptionTables::read(const Image& image) {
  ExceptionTables tables(image);
  for (const ImageSection& section : image.sections()) {
    if (section.header.name != ".eh_frame" || section.bytes.empty()) continue;
    STEPCACHE_TRY(tables.read_frames(section));
  }
  std::sort(tables.frames_.begin(), tables.frames_.end());
  return tables;
}

Result<void> ExceptionTables::read_frames(const ImageSection& section) {
  std::unordered_map<std::uint64_t, CommonEntry> common;
  std::uint64_t at = section.header.address;
  while (at + 4 <= section.end()) {
    const std::uint64_t entry_start = at;
    EncodedReader reader(*image_, at);
    std::uint64_t length = reader.fixed(4);
    if (length == 0) {  // ends a file's frames; another's may follow
      at += 4;
      continue;
    }
    if (length == k_extended) length = reader.fixed(8);
    const std::uint64_t start = reader.address();
    if (length > section.end() - start) break;
    at = start + length;
    const std::uint64_t owner = reader.fixed(4);
    if (owner == 0) {
      const auto entry = read_common(reader);
      if (!entry) return fail(image_->unsupported("its frame information has an augmentation that is not known"));
      common.emplace(entry_start, *entry);
      continue;
    }
    const auto entry = common.find(start - owner);
    if (entry == common.end()) {
      return fail(image_->unsupported("its frame information names an entry that is not there"));
    }
    Frame frame;
    frame.begin = reader.pointer(entry->second.pointers);
    frame.size = reader.pointer(entry->second.pointers & 0x0fU);
    if (!entry->second.has_data || entry->second.tables == k_omitted) continue;
    reader.unsigned_number();
    frame.table = reader.pointer(entry->second.tables);
    if (reader.failed()) return fail(image_->unsupported("its frame information has a pointer of an unknown form"));
    if (frame.table != 0) frames_.push_back(frame);
  }
  return {};
}

std::vector<ExceptionTables::Frame> ExceptionTables::frames_of(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Frame> found;
  auto at = std::lower_bound(frames_.begin(), frames_.end(), Frame{begin, 0, 0});
  if (at != frames_.begin() && std::prev(at)->begin + std::prev(at)->size > begin) --at;
  for (; at != frames_.end() && at->begin < end; ++at) found.push_back(*at);
  return found;
}

bool ExceptionTables::has_table(std::uint64_t begin, std::uint64_t end) const { return !frames_of(begin, end).empty(); }

Result<std::vector<CallSite>> ExceptionTables::call_sites(std::uint64_t begin, std::uint64_t end) const {
  std::vector<CallSite> sites;
  for (const Frame& frame : frames_of(begin, end)) STEPCACHE_TRY(read_table(frame, sites));
  return sites;
}

Result<void> ExceptionTables::read_table(const Frame& frame, std::vector<CallSite>& sites) const {
  EncodedReader reader(*image_, frame.table);
  const std::uint8_t start_encoding = reader.byte();
  const std::uint64_t pads = start_encoding == k_omitted ? frame.begin : reader.pointer(start_encoding);
  const std::uint8_t type_encoding = reader.byte();
  std::uint64_t types = 0;
  if (type_encoding != k_omitted) {
    const std::uint64_t distance = reader.unsigned_number();
    types = reader.address() + distance;
  }
  const std::uint8_t site_encoding = reader.byte();
  const std::uint64_t sites_size = reader.unsigned_number();
  const std::uint64_t actions = reader.address() + sites_size;
  ActionReader action_reader(*image_, actions, types, type_encoding);
  while (reader.address() < actions && !reader.failed()) {
    CallSite site;
    site.begin = frame.begin + reader.pointer(site_encoding & 0x0fU);
    site.size = reader.pointer(site_encoding & 0x0fU);
    const std::uint64_t pad = reader.pointer(site_encoding & 0x0fU);
    const std::uint64_t action = reader.unsigned_number();
    if (pad != 0) site.landing_pad = pads + pad;
    if (action != 0 && !action_reader.read(action, site.actions)) {
      return fail(image_->unsupported("an exception table has a form that is not known"));
    }
    sites.push_back(std::move(site));
  }
  if (reader.failed()) return fail(image_->unsupported("an exception table has a form that is not known"));
  return {};
}

}  // namespace stepcache::code_signature
