// expect: Connection
// expect: no materializer for this type
// here: pipeline.step("open"
#include <stepcache/stepcache.h>

#include <map>
#include <optional>
#include <vector>
class Connection {};
struct Pool {
  int size = 0;
  std::vector<std::map<int, std::optional<Connection>>> open;
  STEPCACHE_FIELDS(size, open)
};
int use(const Pool& pool);
Pool open();

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("open", open)();
  return stepcache::main(pipeline, argc, argv);
}
