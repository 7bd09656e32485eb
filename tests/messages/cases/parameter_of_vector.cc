// expect: a parameter is a bool, a number, a std::string, a File or a Folder
// here: pipeline.parameter("sizes"
#include <stepcache/stepcache.h>

#include <vector>

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.parameter("sizes", std::vector<int>{1, 2});
  return stepcache::main(pipeline, argc, argv);
}
