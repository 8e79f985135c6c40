// SPDX-License-Identifier: Apache-2.0

extension Prelude {
    /// `steps`: a score to attributes, with room between up and down.
    ///
    /// Any attribute that differs between two nodes takes one of them out of the multipath: it must
    /// not follow a score that wobbles (DESIGN §3.2).
    static let steps = """
        local error, type, ipairs, pairs, tostring = error, type, ipairs, pairs, tostring

        function steps(list)
            if type(list) ~= "table" or #list == 0 then
                error("steps: its argument must be a list of steps, each {threshold, attributes}", 2)
            end
            local hysteresis = list.hysteresis or 0
            if type(hysteresis) ~= "number" or not (hysteresis >= 0) then
                error("steps: hysteresis must be a number from 0", 2)
            end
            for key in pairs(list) do
                if type(key) ~= "number" and key ~= "hysteresis" then
                    error("steps: unknown key '" .. tostring(key) .. "'; there is hysteresis", 2)
                end
            end
            -- 0.8 + 0.05 is a little more than 0.85 in binary, and a score of 0.85 is not less.
            local tiny = 1e-9
            local thresholds, attributes = {}, {}
            for i, step in ipairs(list) do
                local threshold = type(step) == "table" and step[1]
                if type(threshold) ~= "number" or threshold ~= threshold then
                    error("steps: step " .. i .. " must begin with a number, its threshold", 2)
                end
                if i > 1 and threshold >= thresholds[i - 1] then
                    error("steps: the thresholds must fall from the best step to the worst", 2)
                end
                if i > 1 and thresholds[i - 1] - threshold <= 2 * hysteresis then
                    error("steps: steps " .. i - 1 .. " and " .. i .. " are not further apart than"
                        .. " twice the hysteresis", 2)
                end
                thresholds[i], attributes[i] = threshold, {}
                for key, value in pairs(step) do
                    if key ~= 1 then attributes[i][key] = value end
                end
            end
            -- One more stands for below the last.
            attributes[#thresholds + 1] = false
            local current

            return function(score)
                if type(score) ~= "number" or score ~= score then
                    error("steps: the score must be a number, not " .. tostring(score), 2)
                end
                local plain = #thresholds + 1
                for i, threshold in ipairs(thresholds) do
                    if score >= threshold - tiny then plain = i break end
                end
                if not current then
                    current = plain
                elseif plain < current then
                    while current > plain and score >= thresholds[current - 1] + hysteresis - tiny do
                        current = current - 1
                    end
                else
                    while current < plain and score < thresholds[current] - hysteresis - tiny do
                        current = current + 1
                    end
                end
                return attributes[current]
            end
        end
        """
}
