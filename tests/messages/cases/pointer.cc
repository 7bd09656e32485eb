// expect: int*
// expect: no materializer for this type
// expect: a pointer, reference or view cannot be stored
// here: pipeline.step("use"
#include <stepcache/stepcache.h>

int use(int* values);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("use", use)(nullptr);
  return stepcache::main(pipeline, argc, argv);
}
