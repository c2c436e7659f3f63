#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace watchword::http {

/// The side of a declared body that needs no knowledge of its C++ type: what `/openapi.json` says of it.
class BodySchema {
public:
    virtual ~BodySchema() = default;

    /// The schema's name under `components/schemas`; part of the contract.
    virtual std::string_view name() const = 0;

    /// The JSON Schema (2020-12, as OpenAPI 3.1 has it).
    virtual boost::json::object schema() const = 0;

    /// What a request with this body says in its `Content-Type`.
    virtual std::string_view media_type() const { return "application/json"; }
};

/// A form (RFC 7578) with one file in it.
class FileForm final : public BodySchema {
public:
    FileForm(std::string_view name, std::string_view field) : name_(name), field_(field) {}

    std::string_view name() const override { return name_; }
    boost::json::object schema() const override;
    std::string_view media_type() const override { return "multipart/form-data"; }

private:
    std::string_view name_;
    std::string_view field_;
};

/// The title of a name, as Pydantic makes it: `full_name` is `Full Name`.
std::string title_of(std::string_view name);

}
