#include "platform/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace stepcache::platform {
namespace {

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "; free some space on that device, then run again";
    case EDQUOT:
      return "; your disk quota is used up: free some space, then run again";
    case EACCES:
    case EPERM:
      return "; check the permissions of this path and of the folders above it";
    case EROFS:
      return "; use a folder on a file system that can be written";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    case ELOOP:
      return "; a symbolic link leads back to itself";
    default:
      return "";
  }
}

}  // namespace

Error system_error(int error_number, std::string_view action, const std::filesystem::path& path) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return Error{
      missing ? ErrorCode::not_found : ErrorCode::io,
      fmt::format("cannot {}: {}{}", action, std::generic_category().message(error_number), advice(error_number)),
      path.native()};
}

}  // namespace stepcache::platform
