#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "code_signature/elf/debug_info.h"

namespace stepcache::code_signature {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// std::vector<X, std::allocator<X> > -> std::vector<X>, where the allocator is plainly that of the only other argument.
void drop_allocators(std::string& text) {
  static constexpr std::string_view k_allocator = ", std::allocator<";
  for (std::size_t at = text.find(k_allocator); at != std::string::npos; at = text.find(k_allocator, at + 1)) {
    const std::size_t start = at + k_allocator.size();
    std::size_t end = start;
    for (int depth = 1; end < text.size(); ++end) {
      if (text[end] == '<') ++depth;
      if (text[end] == '>' && --depth == 0) break;
    }
    if (end >= text.size()) return;
    std::string element = text.substr(start, end - start);
    while (element.ends_with(' ')) element.pop_back();
    const std::string_view before = std::string_view(text).substr(0, at);
    if (element.empty() || !before.ends_with("<" + element)) continue;
    if (text.compare(end + 1, 2, " >") != 0) continue;
    text.erase(at, end + 2 - at);
    // Arguments that stood in others' allocators have become equal to theirs.
    at = 0;
  }
}

}  // namespace

std::string demangled(const std::string& name) {
  if (!name.starts_with("_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> read(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  if (status != 0 || read == nullptr) return name;
  std::string text = read.get();
  replace_all(text, "std::__cxx11::", "std::");
  replace_all(text, "[abi:cxx11]", "");
  replace_all(text, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string");
  replace_all(text, "std::basic_string_view<char, std::char_traits<char> >", "std::string_view");
  drop_allocators(text);
  replace_all(text, "> >", ">>");
  replace_all(text, "> >", ">>");  // of three, the first pass leaves one
  return text;
}

}  // namespace stepcache::code_signature
