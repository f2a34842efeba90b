// SPDX-License-Identifier: GPL-2.0-only
// What every test file includes; precompiled, hence no #pragma once.
#ifndef SUPPORT_TEST_HPP
#define SUPPORT_TEST_HPP

#include "support/backend.hpp"
#include "support/child_process.hpp"
#include "support/event_set.hpp"
#include "support/fd.hpp"
#include "support/fdinfo.hpp"
#include "support/gate.hpp"
#include "support/helper_thread.hpp"
#include "support/kernel.hpp"
#include "support/kernel_call.hpp"
#include "support/matchers.hpp"
#include "support/memory.hpp"
#include "support/repeating_thread.hpp"
#include "support/report.hpp"
#include "support/signals.hpp"
#include "support/stalled_page.hpp"
#include "support/stopwatch.hpp"
#include "support/suite.hpp"
#include "support/targets.hpp"
#include "support/waiter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <linux/myepoll.h>

#endif
