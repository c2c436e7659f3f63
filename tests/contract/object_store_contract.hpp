#pragma once

#include "files/object_store.hpp"
#include "tests/support/run_task.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every ObjectStore must do. A harness has `store()`, and `owner`, an account without files.
template <class Harness>
class ObjectStoreContract : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto reason = harness.missing(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
    }

    Harness harness;

    static Deadline soon() { return Deadline::after(std::chrono::seconds{20}); }

    files::ObjectKey key(std::string_view name) { return {harness.owner, files::FileName::parse(name).value()}; }

    void put(const files::ObjectKey& key, std::vector<std::string> pieces)
    {
        const auto object = run_task(harness.store().create(key, "text/plain"));
        for (const auto& piece : pieces) {
            run_task(object->write(piece));
        }
        run_task(object->publish());
    }

    static std::string read_all(files::ObjectReader& reader)
    {
        std::string content;
        while (true) {
            const auto piece = run_task(reader.next());
            EXPECT_LE(piece.size(), 64u * 1024);
            if (piece.empty()) {
                return content;
            }
            content += piece;
        }
    }

    std::string get(const files::ObjectKey& key)
    {
        const auto object = run_task(harness.store().find(key, soon()));
        if (!object) {
            return "(none)";
        }
        const auto size = object->description().size;
        return read_all(*run_task(object->read(0, size, soon())));
    }

    std::vector<std::string> names(const std::string& after = "", std::size_t count = 1000)
    {
        std::vector<std::string> all;
        for (const auto& object : run_task(harness.store().list(harness.owner, after, count, soon()))) {
            all.push_back(object.name.text());
        }
        return all;
    }
};

inline std::string letters(std::size_t size)
{
    std::string content;
    for (std::size_t i = 0; i < size; ++i) {
        content += static_cast<char>('a' + i * 7919 % 26);
    }
    return content;
}

TYPED_TEST_SUITE_P(ObjectStoreContract);

TYPED_TEST_P(ObjectStoreContract, GivesBackWhatWasWritten)
{
    const auto content = letters(300'000);
    this->put(this->key("a"), {content.substr(0, 1), content.substr(1, 99'999), content.substr(100'000)});
    EXPECT_EQ(this->get(this->key("a")), content);
    EXPECT_EQ(this->get(this->key("b")), "(none)");
    EXPECT_EQ(this->get({this->harness.owner + 1, this->key("a").name}), "(none)");
}

TYPED_TEST_P(ObjectStoreContract, KeepsEmptyObjects)
{
    this->put(this->key("empty"), {});
    EXPECT_EQ(this->get(this->key("empty")), "");
}

TYPED_TEST_P(ObjectStoreContract, DescribesAnObject)
{
    const auto before = SystemClock().now() - std::chrono::seconds{2};
    this->put(this->key("a"), {letters(100)});
    const auto object = run_task(this->harness.store().find(this->key("a"), this->soon()));
    EXPECT_EQ(object->description().size, 100u);
    EXPECT_EQ(object->description().beginning, letters(16));
    EXPECT_GE(object->description().stored_at, before);
    EXPECT_LE(object->description().stored_at, SystemClock().now() + std::chrono::seconds{2});
    const auto tag = object->description().entity_tag;
    EXPECT_TRUE(tag.size() > 2 && tag.starts_with('"') && tag.ends_with('"')) << tag;
    EXPECT_EQ(tag, run_task(this->harness.store().find(this->key("a"), this->soon()))->description().entity_tag);
    this->put(this->key("a"), {letters(99) + "!"});
    EXPECT_NE(tag, run_task(this->harness.store().find(this->key("a"), this->soon()))->description().entity_tag);
    this->put(this->key("b"), {"short"});
    EXPECT_EQ(run_task(this->harness.store().find(this->key("b"), this->soon()))->description().beginning, "short");
}

TYPED_TEST_P(ObjectStoreContract, ReadsAPart)
{
    const auto content = letters(200'000);
    this->put(this->key("a"), {content});
    const auto object = run_task(this->harness.store().find(this->key("a"), this->soon()));
    for (const auto& [offset, length] : {std::pair{0, 1}, {199'999, 1}, {10, 0}, {70'000, 130'000}, {5, 100'000}}) {
        const auto from = static_cast<std::size_t>(offset), size = static_cast<std::size_t>(length);
        EXPECT_EQ(this->read_all(*run_task(object->read(from, size, this->soon()))), content.substr(from, size));
    }
}

TYPED_TEST_P(ObjectStoreContract, ShowsNothingOfWhatWasNotPublished)
{
    {
        const auto object = run_task(this->harness.store().create(this->key("a"), "text/plain"));
        run_task(object->write(letters(100'000)));
        EXPECT_EQ(this->get(this->key("a")), "(none)");
        EXPECT_EQ(this->names(), std::vector<std::string>());
    }
    EXPECT_EQ(this->get(this->key("a")), "(none)");
    EXPECT_EQ(this->harness.drafts(), 0u);
}

TYPED_TEST_P(ObjectStoreContract, ReplacesAnObjectAtOnce)
{
    this->put(this->key("a"), {"first"});
    const auto first = run_task(this->harness.store().find(this->key("a"), this->soon()));
    const auto draft = run_task(this->harness.store().create(this->key("a"), "text/plain"));
    run_task(draft->write("second"));
    EXPECT_EQ(this->get(this->key("a")), "first");
    run_task(draft->publish());
    EXPECT_EQ(this->get(this->key("a")), "second");
    // What was found is read as it was, or not at all.
    const auto reader = run_task(first->read(0, 5, this->soon()));
    EXPECT_TRUE(!reader || this->read_all(*reader) == "first");
}

TYPED_TEST_P(ObjectStoreContract, LeavesOneWholeVersionOfManyAtOnce)
{
    std::vector<std::jthread> writers;
    for (char c = 'a'; c < 'g'; ++c) {
        writers.emplace_back([this, c] {
            for (int i = 0; i < 5; ++i) {
                this->put(this->key("a"), {std::string(70'000, c), std::string(70'000, c)});
            }
        });
    }
    writers.clear();
    const auto content = this->get(this->key("a"));
    EXPECT_EQ(content, std::string(140'000, content.front()));
    EXPECT_EQ(this->harness.drafts(), 0u);
}

TYPED_TEST_P(ObjectStoreContract, RemovesForGood)
{
    run_task(this->harness.store().remove(this->key("a"), this->soon()));
    this->put(this->key("a"), {"x"});
    this->put(this->key("b"), {"y"});
    run_task(this->harness.store().remove(this->key("a"), this->soon()));
    run_task(this->harness.store().remove(this->key("a"), this->soon()));
    EXPECT_EQ(this->get(this->key("a")), "(none)");
    EXPECT_EQ(this->names(), std::vector<std::string>{"b"});
}

TYPED_TEST_P(ObjectStoreContract, TakesEveryName)
{
    std::string korean;
    for (int i = 0; i < 85; ++i) {
        korean += "가";
    }
    std::vector<std::string> all{"C++ notes.txt",
                                 "a%2Bb.txt",
                                 "100% sure.txt",
                                 "tilde~1.txt",
                                 "hash#1.txt",
                                 "what?.txt",
                                 "a&b=c.txt",
                                 "it's (1)*!.txt",
                                 "表.csv",
                                 "emoji😀.png",
                                 "a.txt",
                                 "A.txt",
                                 "é.txt",
                                 "e\u0301.txt",
                                 "...",
                                 ".hidden",
                                 "a+b",
                                 "a b",
                                 " lead",
                                 "trail ",
                                 "<xml>&amp;",
                                 "a\"b;c",
                                 "name=",
                                 "%",
                                 korean,
                                 std::string(255, 'x'),
                                 std::string(255, 'X')};
    for (const auto& name : all) {
        this->put(this->key(name), {name});
    }
    for (const auto& name : all) {
        EXPECT_EQ(this->get(this->key(name)), name);
    }
    std::ranges::sort(all);
    EXPECT_EQ(this->names(), all);
    for (const auto& name : all) {
        run_task(this->harness.store().remove(this->key(name), this->soon()));
    }
    EXPECT_EQ(this->names(), std::vector<std::string>());
}

TYPED_TEST_P(ObjectStoreContract, ListsPageByPage)
{
    std::vector<std::string> all;
    for (int i = 0; i < 25; ++i) {
        all.push_back("file " + std::to_string(i));
        this->put(this->key(all.back()), {letters(static_cast<std::size_t>(i))});
    }
    std::ranges::sort(all);
    std::vector<std::string> listed;
    while (true) {
        const auto page = this->names(listed.empty() ? "" : listed.back(), 10);
        listed.insert(listed.end(), page.begin(), page.end());
        if (page.size() < 10) {
            break;
        }
    }
    EXPECT_EQ(listed, all);
    EXPECT_EQ(this->names("file 3~"),
              (std::vector<std::string>{"file 4", "file 5", "file 6", "file 7", "file 8", "file 9"}));
    const auto one = run_task(this->harness.store().list(this->harness.owner, "file 23", 1, this->soon())).at(0);
    EXPECT_EQ(one.name.text(), "file 24");
    EXPECT_EQ(one.size, 24u);
    EXPECT_GE(one.stored_at, SystemClock().now() - std::chrono::seconds{60});
    EXPECT_TRUE(run_task(this->harness.store().list(this->harness.owner + 1, "", 10, this->soon())).empty());
}

REGISTER_TYPED_TEST_SUITE_P(ObjectStoreContract, GivesBackWhatWasWritten, KeepsEmptyObjects, DescribesAnObject,
                            ReadsAPart, ShowsNothingOfWhatWasNotPublished, ReplacesAnObjectAtOnce,
                            LeavesOneWholeVersionOfManyAtOnce, RemovesForGood, TakesEveryName, ListsPageByPage);

}
