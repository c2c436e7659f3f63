#include "registration/registration.hpp"

#include "base/log.hpp"

namespace watchword::registration {

Registration::Registration(RegistrationStore& store, crypto::HashScheduler& hashes,
                           const verification::OneTimeCodes& codes, verification::Verification& verification,
                           mail::Delivery& delivery, const Clock& clock, accounts::AccountExistence existence)
    : store_(store),
      hashes_(hashes),
      codes_(codes),
      verification_(verification),
      delivery_(delivery),
      clock_(clock),
      existence_(existence)
{
}

Task<Result<accounts::Account>> Registration::run(Applicant applicant, Deadline deadline)
{
    const auto mail = co_await verification_.reserve_mail(applicant.email, deadline);
    if (!mail) {
        co_return std::unexpected(mail.error());
    }
    auto hash = co_await hashes_.make(std::move(applicant.password), deadline);
    if (!hash) {
        co_await verification_.give_back_mail(applicant.email, deadline);
        co_return std::unexpected(hash.error());
    }
    const NewAccount account{std::move(applicant.email), std::move(applicant.full_name), std::move(*hash),
                             clock_.now()};
    const auto code = codes_.issue(account.email, account.email.text, account.created_at);
    const auto created = co_await store_.create(account, code, deadline);
    if (!created) {
        co_return co_await refuse(account, deadline);
    }
    delivery_.nudge();
    log::info("registration", "an account was made", {{"account", created->id}});
    co_return *created;
}

Task<Result<accounts::Account>> Registration::refuse(const NewAccount& account, Deadline deadline)
{
    log::info("registration", "an address was taken already");
    if (existence_ == accounts::AccountExistence::reveal) {
        co_await verification_.give_back_mail(account.email, deadline);
        co_return fail(ErrorCode::email_already_registered);
    }
    const auto notice = codes_.notice_of_a_second_registration(account.email, account.created_at);
    const auto id = co_await store_.refuse_quietly(notice, deadline);
    delivery_.nudge();
    co_return accounts::Account{id, account.email.text, account.full_name, account.created_at, false};
}

}
