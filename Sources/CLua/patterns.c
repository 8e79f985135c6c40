// SPDX-License-Identifier: Apache-2.0
#include "vm.h"
void clua_open_patterns_raises(lua_State *L) { (void)L; }
