#include "verification/verification_http.hpp"

#include "accounts/email_address_http.hpp"
#include "http/body.hpp"

namespace watchword::verification {
namespace {

struct SendOtpRequest {
    accounts::EmailAddress email;
};

const auto send_otp_request = http::Body<SendOtpRequest>("SendOtpRequest").field("email", &SendOtpRequest::email);

struct VerifyOtpRequest {
    accounts::EmailAddress email;
    SecretText otp;
};

const auto verify_otp_request = http::Body<VerifyOtpRequest>("VerifyOtpRequest")
                                    .field("email", &VerifyOtpRequest::email)
                                    .field("otp", &VerifyOtpRequest::otp, {.min = 4, .max = 10});

}

const http::Operation send_operation{
    .id = "send_verification_otp_api_v1_auth_send_otp_post",
    .tag = "auth",
    .summary = "Send Verification Otp",
    .request = &send_otp_request,
};

const http::Operation verify_operation{
    .id = "verify_verification_otp_api_v1_auth_verify_otp_post",
    .tag = "auth",
    .summary = "Verify Verification Otp",
    .request = &verify_otp_request,
};

Task<http::Response> post_send_otp(Verification& verification, const http::Request& request)
{
    const auto body = send_otp_request.parse(request);
    if (!body) {
        co_return body.error();
    }
    const auto sent = co_await verification.send(body->email, request.deadline);
    if (!sent) {
        co_return http::failure(sent.error());
    }
    co_return http::message("OTP sent to email");
}

Task<http::Response> post_verify_otp(Verification& verification, const http::Request& request)
{
    const auto body = verify_otp_request.parse(request);
    if (!body) {
        co_return body.error();
    }
    const auto outcome = co_await verification.verify(body->email, body->otp.reveal(), request.deadline);
    if (!outcome) {
        co_return http::failure(outcome.error());
    }
    co_return http::message(*outcome == Verification::Outcome::verified_now ? "Email verified successfully"
                                                                            : "Email already verified");
}

}
