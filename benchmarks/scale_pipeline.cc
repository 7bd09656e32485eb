// scale_pipeline --shape chain|fan --steps N run|plan|...: N trivial steps, each of which adds its own number, so that
// no two have one key. In a chain each reads the one before; in a fan all read the first. `--first VALUE` is a
// parameter: another one reruns everything.
#include <stepcache/stepcache.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

long add(long number, long own) { return number + own; }

// Takes "NAME VALUE" out of the arguments; the rest is the pipeline's own.
std::string take(std::vector<char*>& arguments, std::string_view name, std::string value) {
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    if (arguments[i] != name) continue;
    value = arguments[i + 1];
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    break;
  }
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  const std::string shape = take(arguments, "--shape", "chain");
  const long steps = std::atol(take(arguments, "--steps", "1000").c_str());
  if ((shape != "chain" && shape != "fan") || steps < 1) {
    std::fputs("scale_pipeline: --shape takes chain or fan, --steps a number of at least 1\n", stderr);
    return 2;
  }
  stepcache::Pipeline pipeline("scale_" + shape);
  const auto first = pipeline.step("0", add)(pipeline.parameter("first", 0L), 0L);
  auto previous = first;
  for (long i = 1; i < steps; ++i) {
    auto made = pipeline.step(std::to_string(i), add)(shape == "chain" ? previous : first, i);
    previous = made;
  }
  arguments.push_back(nullptr);
  return stepcache::main(pipeline, static_cast<int>(arguments.size() - 1), arguments.data());
}
