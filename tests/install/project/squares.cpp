#include <stepcache/stepcache.h>

#include <numeric>
#include <vector>

namespace {

std::vector<int> squares(int count) {
  std::vector<int> values;
  for (int i = 1; i <= count; ++i) values.push_back(i * i);
  return values;
}

int sum(const std::vector<int>& values) { return std::accumulate(values.begin(), values.end(), 0); }

}  // namespace

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("squares");
  auto values = pipeline.step("squares", squares)(pipeline.parameter("count", 10));
  pipeline.step("sum", sum)(values);
  return stepcache::main(pipeline, argc, argv);
}
