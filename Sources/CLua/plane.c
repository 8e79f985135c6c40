// SPDX-License-Identifier: Apache-2.0
#include "vm.h"
void clua_plane_close(clua_vm *vm) { (void)vm; }
void clua_push_plane_server_raises(lua_State *L, uint32_t ordinal) { luaL_error(L, "no server %d", (int)ordinal); }
bool clua_plane_server_at(lua_State *L, int index, uint32_t *ordinal) { (void)L; (void)index; (void)ordinal; return false; }
