// compiles
#include <stepcache/stepcache.h>

#include <functional>
struct Split {
  int train = 0;
  int test = 0;
  STEPCACHE_OUTPUTS(train, test)
};
struct Scale {
  double by = 1;
  double operator()(double x) const { return by * x; }
  STEPCACHE_FIELDS(by)
};
Split divide() noexcept;
double use(int part, const std::string& name, bool fast);
void clean(double);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  auto split = pipeline.step("divide", divide).cache_salt("2")();
  auto used = pipeline.step("use", use)(split[&Split::train], "text", true);
  auto twice = pipeline.step("twice", [](double x) { return 2 * x; })(used);
  auto scaled = pipeline.step("scale", Scale{3})(twice);
  pipeline.step("negate", std::negate<double>{})(1);
  pipeline.step("clean", clean).enable_cache(false).after(split, used)(scaled);
  pipeline.step("use again", &use)(pipeline.parameter("part", 1).range(0, 9).help("Which part"), std::string("x"),
                                   false);
  pipeline.enable_cache(true);
  return stepcache::main(pipeline, argc, argv);
}
