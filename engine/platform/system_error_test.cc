#include "platform/system_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace stepcache::platform {
namespace {

TEST(SystemError, IsNotFoundOnlyForWhatIsNotThere) {
  EXPECT_EQ(system_error(ENOENT, "open", "/a").code, ErrorCode::not_found);
  EXPECT_EQ(system_error(ENOTDIR, "open", "/a").code, ErrorCode::not_found);
  for (const int other : {EACCES, ENOSPC, EROFS, EIO, EISDIR, EEXIST, EMFILE}) {
    EXPECT_EQ(system_error(other, "open", "/a").code, ErrorCode::io) << other;
  }
}

TEST(SystemError, SaysWhatFailedWhereAndWhatToDo) {
  const Error full = system_error(ENOSPC, "write", "/disk/file");
  EXPECT_EQ(to_string(full),
            "/disk/file: cannot write: No space left on device; free some space on that device, then run again");
  EXPECT_NE(system_error(EACCES, "open", "/a").message.find("check the permissions"), std::string::npos);
  EXPECT_NE(system_error(EROFS, "create", "/a").message.find("that can be written"), std::string::npos);
  EXPECT_EQ(system_error(ENOENT, "open", "/a").message, "cannot open: No such file or directory");
}

}  // namespace
}  // namespace stepcache::platform
