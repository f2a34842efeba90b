// SPDX-License-Identifier: MIT
#ifndef DEMO_CONTENT_HPP
#define DEMO_CONTENT_HPP

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

namespace demo {

/** Number `position` of the endless row of random words that belongs to a key. */
[[nodiscard]] constexpr std::uint64_t word(std::uint64_t key, std::uint64_t position) noexcept
{
	std::uint64_t bits = key + (position + 1) * 0x9e3779b97f4a7c15;
	bits = (bits ^ bits >> 32) * 0xd6e8feb86659fd93;
	bits = (bits ^ bits >> 32) * 0xd6e8feb86659fd93;
	return bits ^ bits >> 32;
}

/** Writes that row as bytes, from `offset` on: any part can be had without what is before it. */
inline void fill(std::span<char> out, std::uint64_t key, std::uint64_t offset) noexcept
{
	while (!out.empty()) {
		const std::uint64_t bits = word(key, offset / 8);
		const std::size_t skip = offset % 8;
		const std::size_t size = std::min(8 - skip, out.size());
		std::memcpy(out.data(), reinterpret_cast<const char*>(&bits) + skip, size);
		out = out.subspan(size);
		offset += size;
	}
}

/** A running digest of bytes (FNV-1a): the same however the bytes are cut into pieces. */
class digest {
public:
	void add(std::span<const char> bytes) noexcept
	{
		for (const char byte : bytes)
			value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
	}

	[[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
	std::uint64_t value_ = 0xcbf29ce484222325;
};

} // namespace demo

#endif
