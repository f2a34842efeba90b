// SPDX-License-Identifier: MIT
#ifndef TOOLS_ELF_FILE_HPP
#define TOOLS_ELF_FILE_HPP

#include <elf.h>

#include <string>
#include <string_view>
#include <vector>

#include <myepoll/file_descriptor.hpp>

namespace tools {

/** The headers of an executable. What cannot be read counts as missing. */
class elf_file {
public:
	explicit elf_file(const std::string& path);

	/** The first bytes, to tell what kind of file it is. */
	[[nodiscard]] std::string_view start() const noexcept { return start_; }

	[[nodiscard]] bool is_elf() const noexcept;
	/** Whether it has the word size of this program. */
	[[nodiscard]] bool is_native() const noexcept;
	/** Whether a dynamic loader starts it. */
	[[nodiscard]] bool has_interpreter() const noexcept;
	/** Whether it has an ELF note of that owner. */
	[[nodiscard]] bool has_note_of(std::string_view owner) const;
	/** The names of the libraries that it is linked with. */
	[[nodiscard]] std::vector<std::string> libraries() const;

private:
	[[nodiscard]] std::string read(std::size_t offset, std::size_t size) const;
	void read_headers();
	[[nodiscard]] std::vector<Elf64_Dyn> read_dynamic_section() const;
	[[nodiscard]] std::string read_string(std::size_t address) const;

	myepoll::file_descriptor fd_;
	std::string start_;
	std::vector<Elf64_Phdr> headers_;
};

} // namespace tools

#endif
