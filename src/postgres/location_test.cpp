#include "postgres/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Accepted {
    const char* url;
    const char* description;
};

class LocationAccepts : public testing::TestWithParam<Accepted> {};

TEST_P(LocationAccepts, WhatSqlAlchemyAndLibpqTake)
{
    const auto location = Location::parse(GetParam().url);
    ASSERT_TRUE(location) << location.error();
    EXPECT_EQ(location->description(), GetParam().description);
    EXPECT_THAT(location->description(), Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LocationAccepts,
    testing::Values(Accepted{"postgresql://app:hunter2@db.example.com:5433/auth", "db.example.com:5433/auth"},
                    Accepted{"postgres://app:hunter2@db/auth", "db/auth"},
                    Accepted{"postgresql+psycopg2://app:hunter2@db/auth", "db/auth"},
                    Accepted{"postgresql+asyncpg://app:hunter2@db/auth?ssl=require", "db/auth"},
                    Accepted{"postgresql://app:p%40ss%2Fhunter2@db/auth", "db/auth"},
                    Accepted{"postgresql://app:hunter2@one:5432,two:5433/auth?target_session_attrs=read-write",
                             "one:5432,two:5433/auth"},
                    Accepted{"postgresql://app:hunter2@[::1]:5432/auth?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                             "::1:5432/auth"},
                    Accepted{"postgresql://app:hunter2@/auth?host=/var/run/postgresql", "/var/run/postgresql/auth"},
                    Accepted{"postgresql://app@%2Fvar%2Frun%2Fpostgresql/auth", "/var/run/postgresql/auth"},
                    Accepted{"postgresql:///auth", "the local socket/auth"},
                    Accepted{"postgresql://app:hunter2@db/auth?options=-c%20search_path%3Dauth&application_name=x",
                             "db/auth"}));

class LocationRefuses : public testing::TestWithParam<const char*> {};

TEST_P(LocationRefuses, WhatIsNoUrlAndRepeatsNothing)
{
    const auto location = Location::parse(GetParam());
    ASSERT_FALSE(location);
    EXPECT_THAT(location.error(), AllOf(Not(HasSubstr("hunter2")), HasSubstr("postgresql://user:password@host")));
}

INSTANTIATE_TEST_SUITE_P(Forms, LocationRefuses,
                         testing::Values("", "db", "mysql://app:hunter2@db/auth", "postgresql+://app:hunter2@db",
                                         "postgresql+p-y://app:hunter2@db", "postgresql://app:hunter2@[::1/auth",
                                         "postgresql://app:hunter2%zz@db/auth", "host=db password=hunter2"));

TEST(Location, NamesAParameterThatLibpqDoesNotKnow)
{
    EXPECT_EQ(Location::parse("postgresql://app:hunter2@db/auth?pool=7").error(), "libpq knows no parameter \"pool\"");
}

TEST(Location, TellsLibpqWhatTheOtherWordMeans)
{
    EXPECT_EQ(Location::parse("postgresql+asyncpg://db/auth?a=b&ssl=require").error(),
              "libpq knows no parameter \"a\"");
    EXPECT_EQ(Location::parse("postgresql+asyncpg://db/auth?ssl=require")->url().reveal(),
              "postgresql://db/auth?sslmode=require");
}

}
}
