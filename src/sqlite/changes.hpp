#pragma once

#include "runtime/change_feed.hpp"
#include "sqlite/connection.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace watchword::sqlite {

/// Finds out what a database's writes change of rows that caches keep, and tells the feed of it after the COMMIT. For
/// the thread of the writing connection.
///
/// Temporary triggers of that connection collect the keys, so the statements of the adapters need not think of it. What
/// another process commits shows in SQLite's own count of foreign commits; then everything may have changed.
class Changes {
public:
    Changes(Connection& writer, const ChangeFeed& feed);

    Changes(const Changes&) = delete;
    Changes& operator=(const Changes&) = delete;

    /// The transaction was committed: tells of its changes.
    void committed();

    /// The transaction was undone.
    void undone() { collected_.clear(); }

    /// Looks whether another process has committed anything.
    void look_for_others();

private:
    std::int64_t foreign_commits();

    Connection& writer_;
    const ChangeFeed& feed_;
    std::vector<std::pair<std::string, std::string>> collected_; ///< topic and key
    std::int64_t foreign_commits_;
};

}
