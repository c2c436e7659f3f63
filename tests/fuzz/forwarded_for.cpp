#include "http/address.hpp"

#include <cstdlib>

/// Whatever the header says: a peer that is not trusted is the client itself, and whoever is taken for the client has a
/// canonical address that nobody made up from a hop that was not trusted.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using watchword::http::Address;
    using watchword::http::TrustedProxies;

    static const auto proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8, 2001:db8::/32").value();
    static const auto proxy = Address::parse("127.0.0.1").value();
    static const auto stranger = Address::parse("198.51.100.1").value();
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    if (proxies.client(stranger, text) != stranger || TrustedProxies().client(proxy, text) != proxy) {
        std::abort();
    }
    const auto client = proxies.client(proxy, text);
    const auto again = Address::parse(client.text());
    const bool mapped = client.value().is_v6() && client.value().to_v6().is_v4_mapped();
    if (again != client || limit_key(*again) != limit_key(client) || mapped) {
        std::abort();
    }
    // One more hop on the left changes nothing once a client that is no proxy was found.
    if (!proxies.contains(client) && proxies.client(proxy, "192.0.2.99," + std::string(text)) != client) {
        std::abort();
    }
    return 0;
}
