#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::s3 {

/// An element of an XML document, as the answers of S3 have them.
struct XmlElement {
    std::string name;
    std::string text; ///< directly in it
    std::vector<XmlElement> children;

    /// The first child of that name, or null.
    const XmlElement* child(std::string_view child_name) const;

    /// The text of that child; empty where there is none.
    std::string_view text_of(std::string_view child_name) const;
};

/// Reads a document strictly: elements, attributes (which are thrown away), text, the five entities and character
/// references. Nothing where it is anything else, say a document type, which S3 never sends and which is how documents
/// of a few bytes become gigabytes; or where elements are nested more than 16 deep.
std::optional<XmlElement> read_xml(std::string_view document);

}
