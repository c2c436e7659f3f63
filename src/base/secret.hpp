#pragma once

#include <string>
#include <utility>

#include <string.h> // explicit_bzero is no part of <cstring>

namespace watchword {

/// A text that cannot be logged, printed or compared by accident: it has no operator<<, no formatter and no ==. Whoever
/// needs the value says so with `reveal()`, which is easy to find in a review. Its memory is wiped when it goes, so
/// that a dump of the process shows only what is in use.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string value) : value_(std::move(value)) {}

    SecretText(const SecretText&) = default;
    SecretText(SecretText&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

    SecretText& operator=(SecretText other) noexcept
    {
        value_.swap(other.value_);
        return *this;
    }

    ~SecretText() { wipe(); }

    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    friend bool operator==(const SecretText&, const SecretText&) = delete;

private:
    void wipe() noexcept
    {
        value_.resize(value_.capacity()); // short texts lie in the object itself and stay there when moved away
        explicit_bzero(value_.data(), value_.size());
        value_.clear();
    }

    std::string value_;
};

}
