// expect: Connection
// expect: no materializer for this type
// expect: STEPCACHE_FIELDS
// expect: stepcache::Materializer<T>
// here: pipeline.step("open"
#include <stepcache/stepcache.h>

class Connection {
 public:
  explicit Connection(int handle) : handle_(handle) {}
  int handle() const { return handle_; }

 private:
  int handle_;
};
Connection open();

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("open", open)();
  return stepcache::main(pipeline, argc, argv);
}
