// A pipeline with two steps of one name.
#include <stepcache/stepcache.h>

int one() { return 1; }

int main(int argc, char** argv) {
  stepcache::Pipeline broken("broken");
  broken.step("same", one)();
  broken.step("same", one)();
  return stepcache::main(broken, argc, argv);
}
