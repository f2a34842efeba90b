// SPDX-License-Identifier: GPL-2.0-only
#include "support/forgetful_suite.hpp"

#include "support/report.hpp"

namespace support {
namespace {

// Some targets take long to create, and some take seconds for an event.
constexpr std::chrono::seconds time_limit{60};

} // namespace

std::vector<forgetful_side> forgetful_sides(forgetful_kind kind)
{
	std::vector<forgetful_side> sides;
	for (const backend which : backends_under_test())
		sides.push_back({which, kind});
	return sides;
}

void PrintTo(const forgetful_side& side, std::ostream* out) { *out << name_of(side.which); }

std::optional<std::string> forgetful_test::why_impossible() const
{
	return forgetful_source::why_impossible(GetParam().kind);
}

void forgetful_test::make_source()
{
	source_.reset();
	source_ = forgetful_source::make(GetParam().kind);
}

void forgetful_test::prepare()
{
	may_take(time_limit);
	make_source();
}

} // namespace support
