#include "metadata/record_blobs.h"

#include <unordered_map>
#include <utility>

#include "metadata/blob.h"

namespace stepcache::metadata {
namespace {

// Bits of an output's flags byte. Persisted: never change one.
constexpr std::uint8_t k_has_path = 1;
constexpr std::uint8_t k_is_tree = 2;

// The bit of a group's status byte that says that no execution made these steps' outputs. Persisted.
constexpr std::uint8_t k_no_execution = 0x80;

// More steps than any graph has: a group's length is not bounded by the bytes it takes.
constexpr std::uint64_t k_most_steps = 1ULL << 27U;

// A list of what `read` reads, which takes all of the blob.
template <class T, class Read>
std::optional<std::vector<T>> read_list(std::string_view blob, Read read) {
  BlobReader in(blob);
  std::vector<T> list(in.count());
  for (T& item : list) {
    read(in, item);
    if (!in.ok()) return std::nullopt;
  }
  if (!in.done()) return std::nullopt;
  return list;
}

// The reasons of a run's steps, each once, in the order of first use.
class ReasonTable {
 public:
  std::uint64_t index_of(const RunStep& step) {
    const Reason reason(step.reason_code, step.reason_text);
    if (!list_.empty() && list_[last_] == reason) return last_;
    const auto [entry, added] = index_.try_emplace(reason, list_.size());
    if (added) list_.push_back(reason);
    last_ = entry->second;
    return last_;
  }
  void write(BlobWriter& out) const {
    out.number(list_.size());
    for (const auto& [code, text] : list_) {
      out.text(code);
      out.text(text);
    }
  }

 private:
  using Reason = std::pair<std::string_view, std::string_view>;
  struct Hash {
    std::size_t operator()(const Reason& reason) const {
      const std::hash<std::string_view> hash;
      return hash(reason.first) * 31 + hash(reason.second);
    }
  };
  std::unordered_map<Reason, std::size_t, Hash> index_;
  std::vector<Reason> list_;
  std::size_t last_ = 0;
};

struct Group {
  std::uint8_t status = 0;
  std::int64_t distance = 0;
  std::uint64_t reason = 0;
  std::uint64_t length = 0;
};

}  // namespace

std::string encode_texts(const std::vector<std::string>& texts) {
  BlobWriter out;
  out.number(texts.size());
  for (const std::string& text : texts) out.text(text);
  return out.take();
}

std::optional<std::vector<std::string>> decode_texts(std::string_view blob) {
  return read_list<std::string>(blob, [](BlobReader& in, std::string& text) { text = in.text(); });
}

std::string encode_outputs(const std::vector<OutputRecord>& outputs) {
  BlobWriter out;
  out.number(outputs.size());
  for (const OutputRecord& output : outputs) {
    out.byte(static_cast<std::uint8_t>((output.path.empty() ? 0 : k_has_path) | (output.tree ? k_is_tree : 0)));
    out.digest(output.digest);
    out.number(output.size_bytes);
    if (!output.path.empty()) out.text(output.path);
  }
  return out.take();
}

std::optional<std::vector<OutputRecord>> decode_outputs(std::string_view blob) {
  return read_list<OutputRecord>(blob, [](BlobReader& in, OutputRecord& output) {
    const std::uint8_t flags = in.byte();
    if ((flags & ~(k_has_path | k_is_tree)) != 0) in.break_off();
    output.digest = in.digest();
    output.size_bytes = in.number();
    if ((flags & k_has_path) != 0) output.path = in.text();
    output.tree = (flags & k_is_tree) != 0;
  });
}

std::string encode_key_parts(const std::vector<KeyPart>& parts) {
  BlobWriter out;
  out.number(parts.size());
  for (const KeyPart& part : parts) {
    out.byte(static_cast<std::uint8_t>(part.kind));
    out.text(part.port);
    out.text(part.name);
    out.digest(part.digest);
    out.text(part.text);
  }
  return out.take();
}

std::optional<std::vector<KeyPart>> decode_key_parts(std::string_view blob) {
  return read_list<KeyPart>(blob, [](BlobReader& in, KeyPart& part) {
    part.kind = static_cast<KeyPartKind>(in.byte());
    if (part.kind < KeyPartKind::code || part.kind > KeyPartKind::key_format) in.break_off();
    part.port = in.text();
    part.name = in.text();
    part.digest = in.digest();
    part.text = in.text();
  });
}

std::string encode_metrics(const std::vector<Metric>& metrics) {
  BlobWriter out;
  out.number(metrics.size());
  for (const Metric& metric : metrics) {
    out.text(metric.name);
    out.real(metric.value);
  }
  return out.take();
}

std::optional<std::vector<Metric>> decode_metrics(std::string_view blob) {
  return read_list<Metric>(blob, [](BlobReader& in, Metric& metric) {
    metric.name = in.text();
    metric.value = in.real();
  });
}

std::string encode_events(const std::vector<EventRecord>& events) {
  BlobWriter out;
  out.number(events.size());
  for (const EventRecord& event : events) {
    out.byte(static_cast<std::uint8_t>(event.kind));
    out.number(event.position);
    out.text(event.port);
    out.digest(event.artifact);
  }
  return out.take();
}

std::optional<std::vector<EventRecord>> decode_events(std::string_view blob, ExecutionId execution) {
  return read_list<EventRecord>(blob, [&](BlobReader& in, EventRecord& event) {
    event.execution = execution;
    event.kind = static_cast<EventKind>(in.byte());
    if (event.kind != EventKind::input && event.kind != EventKind::output) in.break_off();
    const std::uint64_t position = in.number();
    if (position > UINT32_MAX) in.break_off();
    event.position = static_cast<std::uint32_t>(position);
    event.port = in.text();
    event.artifact = in.digest();
  });
}

std::string encode_run_steps(const std::vector<RunStep>& steps) {
  ReasonTable reasons;
  std::vector<Group> groups;
  ExecutionId before = 0;
  for (const RunStep& step : steps) {
    Group next{static_cast<std::uint8_t>(step.status), 0, reasons.index_of(step), 1};
    if (step.execution == 0) {
      next.status |= k_no_execution;
    } else {
      // Modulo 2^64, so that any two ids have a distance.
      next.distance =
          static_cast<std::int64_t>(static_cast<std::uint64_t>(step.execution) - static_cast<std::uint64_t>(before));
      before = step.execution;
    }
    if (!groups.empty()) {
      Group& last = groups.back();
      if (last.status == next.status && last.distance == next.distance && last.reason == next.reason) {
        ++last.length;
        continue;
      }
    }
    groups.push_back(next);
  }

  BlobWriter out;
  out.number(steps.size());
  reasons.write(out);
  out.number(groups.size());
  for (const Group& group : groups) {
    out.byte(group.status);
    out.signed_number(group.distance);
    out.number(group.reason);
    out.number(group.length);
  }
  return out.take();
}

std::optional<std::vector<RunStep>> decode_run_steps(std::string_view blob) {
  BlobReader in(blob);
  const std::uint64_t size = in.number();
  if (size > k_most_steps) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> reasons(in.count());
  for (auto& [code, text] : reasons) {
    code = in.text();
    text = in.text();
  }
  std::vector<RunStep> steps;
  ExecutionId before = 0;
  for (std::size_t groups = in.count(); groups > 0 && in.ok(); --groups) {
    const std::uint8_t byte = in.byte();
    const auto status = static_cast<StepStatus>(byte & ~k_no_execution);
    const std::int64_t distance = in.signed_number();
    const std::uint64_t reason = in.number();
    const std::uint64_t length = in.number();
    const bool known = status >= StepStatus::pending && status <= StepStatus::cancelled && reason < reasons.size();
    if (!in.ok() || !known || length == 0 || length > size - steps.size()) return std::nullopt;
    for (std::uint64_t i = 0; i < length; ++i) {
      RunStep& step = steps.emplace_back();
      step.status = status;
      step.reason_code = reasons[reason].first;
      step.reason_text = reasons[reason].second;
      if ((byte & k_no_execution) != 0) continue;
      before = static_cast<ExecutionId>(static_cast<std::uint64_t>(before) + static_cast<std::uint64_t>(distance));
      step.execution = before;
    }
  }
  if (!in.done() || steps.size() != size) return std::nullopt;
  return steps;
}

}  // namespace stepcache::metadata
