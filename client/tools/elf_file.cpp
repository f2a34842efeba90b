// SPDX-License-Identifier: MIT
#include "tools/elf_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace tools {
namespace {

constexpr std::size_t enough_to_tell = 256;
constexpr std::size_t longest_notes = 65536;
constexpr std::size_t longest_section = 65536;
constexpr std::size_t longest_name = 256;

static_assert(sizeof(void*) == 8, "the headers are read as 64-bit ones");

// The name and the description of a note are each padded to 4 bytes.
constexpr std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

} // namespace

elf_file::elf_file(const std::string& path) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}
{
	start_ = read(0, enough_to_tell);
	if (is_elf() && is_native())
		read_headers();
}

std::string elf_file::read(std::size_t offset, std::size_t size) const
{
	std::string bytes(size, '\0');
	const ssize_t count = pread(fd_.get(), bytes.data(), size, static_cast<off_t>(offset));
	bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
	return bytes;
}

void elf_file::read_headers()
{
	Elf64_Ehdr header{};
	if (start_.size() < sizeof(header))
		return;
	std::memcpy(&header, start_.data(), sizeof(header));
	if (header.e_phentsize != sizeof(Elf64_Phdr))
		return;
	const std::string table = read(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
	headers_.resize(table.size() / sizeof(Elf64_Phdr));
	std::memcpy(headers_.data(), table.data(), headers_.size() * sizeof(Elf64_Phdr));
}

bool elf_file::is_elf() const noexcept
{
	return start_.size() > EI_CLASS && start_.starts_with(std::string_view{ELFMAG, SELFMAG});
}

bool elf_file::is_native() const noexcept { return start_[EI_CLASS] == ELFCLASS64; }

bool elf_file::has_interpreter() const noexcept
{
	return std::any_of(headers_.begin(), headers_.end(),
			   [](const Elf64_Phdr& header) { return header.p_type == PT_INTERP; });
}

bool elf_file::has_note_of(std::string_view owner) const
{
	for (const Elf64_Phdr& header : headers_) {
		if (header.p_type != PT_NOTE)
			continue;
		const std::string notes =
			read(header.p_offset, std::min<std::size_t>(header.p_filesz, longest_notes));
		Elf64_Nhdr note{};
		for (std::size_t at = 0; at + sizeof(note) <= notes.size();
		     at += sizeof(note) + padded(note.n_namesz) + padded(note.n_descsz)) {
			std::memcpy(&note, notes.data() + at, sizeof(note));
			// The name ends with a zero byte.
			const std::string_view name =
				std::string_view{notes}.substr(at + sizeof(note), note.n_namesz);
			if (name.size() == owner.size() + 1 && name.starts_with(owner))
				return true;
		}
	}
	return false;
}

std::vector<Elf64_Dyn> elf_file::read_dynamic_section() const
{
	for (const Elf64_Phdr& header : headers_) {
		if (header.p_type != PT_DYNAMIC)
			continue;
		const std::string bytes =
			read(header.p_offset, std::min<std::size_t>(header.p_filesz, longest_section));
		std::vector<Elf64_Dyn> entries(bytes.size() / sizeof(Elf64_Dyn));
		std::memcpy(entries.data(), bytes.data(), entries.size() * sizeof(Elf64_Dyn));
		return entries;
	}
	return {};
}

// The string at an address in memory; the segments tell where that is in the file.
std::string elf_file::read_string(std::size_t address) const
{
	for (const Elf64_Phdr& header : headers_) {
		if (header.p_type != PT_LOAD || address < header.p_vaddr ||
		    address - header.p_vaddr >= header.p_filesz)
			continue;
		const std::string bytes = read(address - header.p_vaddr + header.p_offset, longest_name);
		return bytes.substr(0, bytes.find('\0'));
	}
	return {};
}

std::vector<std::string> elf_file::libraries() const
{
	const std::vector<Elf64_Dyn> entries = read_dynamic_section();
	const auto strings = std::find_if(entries.begin(), entries.end(), [](const Elf64_Dyn& entry) {
		return entry.d_tag == DT_STRTAB;
	});
	std::vector<std::string> names;
	for (const Elf64_Dyn& entry : entries)
		if (entry.d_tag == DT_NEEDED && strings != entries.end())
			names.push_back(read_string(strings->d_un.d_ptr + entry.d_un.d_val));
	return names;
}

} // namespace tools
