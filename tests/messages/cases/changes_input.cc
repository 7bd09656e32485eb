// expect: a step cannot change its inputs
// here: pipeline.step("use"
#include <stepcache/stepcache.h>

#include <vector>
int use(std::vector<int>& values);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("use", use)(std::vector<int>{1});
  return stepcache::main(pipeline, argc, argv);
}
