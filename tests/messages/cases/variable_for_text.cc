// expect: an environment variable is taken by a step as `const stepcache::Environment&`
// here: pipeline.step("greet", greet)(stepcache::environment("NAME"))
#include <stepcache/stepcache.h>

#include <string>

std::string greet(const std::string& name) { return "hello " + name; }

int main() {
  stepcache::Pipeline pipeline("p");
  pipeline.step("greet", greet)(stepcache::environment("NAME"));
}
