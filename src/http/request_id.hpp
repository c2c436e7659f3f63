#pragma once

#include <string>

namespace watchword::http {

/// 128 random bits as 32 hexadecimal digits, to find one request in the log. What a client sends as `X-Request-ID` is
/// not used: it could imitate the id of another request, or break the log. From every thread.
std::string new_request_id();

}
