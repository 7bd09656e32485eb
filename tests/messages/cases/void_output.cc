// expect: the step returns void: it has no output to connect
// here: pipeline.step("use"
#include <stepcache/stepcache.h>

void clean();
int use(int part);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  auto cleaned = pipeline.step("clean", clean)();
  pipeline.step("use", use)(cleaned);
  return stepcache::main(pipeline, argc, argv);
}
