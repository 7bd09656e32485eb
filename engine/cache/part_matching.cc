#include "cache/part_matching.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace stepcache::cache {
namespace {

using code_signature::Part;

// The compiler counted these up within their function: another one before them gives them another name.
bool is_numbered(const Part& part) {
  return part.name.find("{lambda") != std::string::npos || part.name.find("{unnamed") != std::string::npos ||
         part.name.find("::$_") != std::string::npos;
}

std::string named(const Part& part) { return part.kind + '\0' + part.name; }
std::string digested(const Part& part) {
  std::string key = part.kind + '\0';
  key += as_text(part.digest.bytes());
  return key;
}
std::string named_and_digested(const Part& part) { return digested(part) + part.name; }

class Matcher {
 public:
  Matcher(std::span<const Part> before, std::span<const Part> now) : before_(before), now_(now) {
    made_.now_of.assign(before.size(), k_no_part);
    made_.before_of.assign(now.size(), k_no_part);
  }

  // Joins what is left over and has the same key, in order.
  template <class Key, class Wanted>
  void join(Key key, Wanted wanted) {
    std::unordered_map<std::string, std::vector<std::size_t>> left;
    for (std::size_t i = before_.size(); i-- > 0;) {
      if (made_.now_of[i] == k_no_part && wanted(before_[i])) left[key(before_[i])].push_back(i);
    }
    if (left.empty()) return;
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (made_.before_of[i] != k_no_part || !wanted(now_[i])) continue;
      const auto found = left.find(key(now_[i]));
      if (found == left.end() || found->second.empty()) continue;
      made_.before_of[i] = found->second.back();
      made_.now_of[found->second.back()] = i;
      found->second.pop_back();
    }
  }

  void join_roots() {
    if (!before_.empty() && !now_.empty()) made_.now_of[0] = made_.before_of[0] = 0;
  }

  PartMatching take() { return std::move(made_); }

 private:
  std::span<const Part> before_, now_;
  PartMatching made_;
};

}  // namespace

PartMatching match_parts(std::span<const Part> before, std::span<const Part> now) {
  const auto all = [](const Part&) { return true; };
  Matcher matcher(before, now);
  matcher.join_roots();
  matcher.join(named_and_digested, all);
  matcher.join(digested, is_numbered);
  matcher.join(named, all);
  matcher.join(digested, [](const Part& part) { return part.kind == "function"; });
  return matcher.take();
}

}  // namespace stepcache::cache
