// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TABLE_HPP
#define TOOLS_LOOK_TABLE_HPP

#include <string>
#include <vector>

namespace tools::look {

/** Columns of text, separated by two spaces. The last may be of any length; on a terminal it is cut at the right edge. */
class table {
public:
	enum class align { left, right };
	struct column {
		std::string heading;
		align side;
	};

	explicit table(std::vector<column> columns);
	void add(std::vector<std::string> row);
	/** Prints it on standard output, each line after `indent`. */
	void print(const std::string& indent = "") const;

private:
	std::vector<column> columns_;
	std::vector<std::vector<std::string>> rows_;
};

/** Prints a line on standard output, and on a terminal only what fits. */
void print_line(std::string line);

/** Throws a failure if standard output could not be written. */
void finish_output();

} // namespace tools::look

#endif
