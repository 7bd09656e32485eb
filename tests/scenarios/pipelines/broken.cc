// A pipeline with two steps of one name; with an argument, one with a step that waits for its arguments.
#include <stepcache/stepcache.h>

int one() { return 1; }

int main(int argc, char** argv) {
  stepcache::Pipeline broken("broken");
  if (argc > 2) {
    auto draft = broken.step("unfinished", one);
    return stepcache::main(broken, 2, argv);
  }
  broken.step("same", one)();
  broken.step("same", one)();
  return stepcache::main(broken, argc, argv);
}
