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
    testing::Values(
        Accepted{"postgresql://app:hunter2@db.example.com:5433/auth", "db.example.com:5433/auth"},
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
        Accepted{"postgresql://app@one,two,three:7/auth?hostaddr=10.0.0.1,10.0.0.2,10.0.0.3", "one,two,three:7/auth"},
        Accepted{"postgresql:///auth?host=one,two&port=7", "one:7,two:7/auth"},
        Accepted{"postgresql:///auth?hostaddr=10.0.0.1", "10.0.0.1/auth"},
        Accepted{"postgresql:///auth", "the local socket/auth"},
        Accepted{"postgresql://app:hunter2@db/auth?options=-c%20search_path%3Dauth&application_name=x", "db/auth"}));

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

TEST(Location, SaysThatHostsAndPortsDoNotFit)
{
    for (const auto* url : {"postgresql:///auth?host=one,two,three&port=1,2", "postgresql://one,two/auth?hostaddr=::1",
                            "postgresql://one/auth?hostaddr=::1,::2"}) {
        const auto location = Location::parse(url);
        ASSERT_FALSE(location) << url;
        EXPECT_THAT(location.error(), HasSubstr("give one port for all, or as many as hosts"));
    }
}

TEST(Location, KeepsNoPasswordBesideTheUrl)
{
    const auto location = Location::parse("postgresql://app:hunter2@db/auth?sslpassword=hunter2&options=-c%20a%3Db");
    EXPECT_EQ(location->parameter("password"), "");
    EXPECT_EQ(location->parameter("sslpassword"), "");
    EXPECT_EQ(location->parameter("options"), "-c a=b");
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
