#include "cli/subject.h"

#include "workspace/history.h"

namespace stepcache::cli {

Result<Subject> resolve_subject(workspace::Workspace& workspace, const std::string& text) {
  constexpr std::size_t k_shortest_prefix = 8;
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  const bool latest = text == "latest" || text.starts_with("latest~");
  if (number || (latest && text.find('/') == std::string::npos)) {
    auto run = workspace::resolve_run(workspace, text);
    if (run) return Subject(*run);
    if (!number || text.size() < k_shortest_prefix) return fail(std::move(run).error());
  }
  STEPCACHE_TRY_ASSIGN(auto artifact, workspace::resolve_artifact(workspace, text));
  return Subject(std::move(artifact));
}

}  // namespace stepcache::cli
