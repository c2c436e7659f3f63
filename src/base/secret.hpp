#pragma once

#include <string>
#include <utility>

namespace watchword {

/// A value that cannot be logged, printed or compared by accident: it has no operator<<, no formatter and no ==.
/// Whoever needs the value says so with `reveal()`, which is easy to find in a review.
template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_(std::move(value)) {}

    const T& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    friend bool operator==(const Secret&, const Secret&) = delete;

private:
    T value_;
};

using SecretText = Secret<std::string>;

}
