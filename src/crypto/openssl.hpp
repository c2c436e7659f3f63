#pragma once

#include <string_view>

/// Ownership and error checks for OpenSSL's C interface: `std::unique_ptr<EVP_KDF, Freeing<EVP_KDF_free>>`. Included by
/// the .cpp files of this room only.
namespace watchword::crypto {

template <auto free>
struct Freeing {
    template <class T>
    void operator()(T* object) const
    {
        free(object);
    }
};

/// Throws where OpenSSL did not do what it was asked. `action` completes the sentence "OpenSSL could not …". That is
/// never caused by input, only by an installation without the algorithm or by a lack of memory or randomness.
void require(bool done, std::string_view action);

/// `object`, which OpenSSL has just made; throws where it is null.
template <class T>
T* require(T* object, std::string_view action)
{
    require(object != nullptr, action);
    return object;
}

}
