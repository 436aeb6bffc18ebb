-- Units that convert into each other (P4): exact, by the definitions of the units.

-- In the base unit of its dimension, a value is (value + shift) * numerator / denominator.
insert into traveler.unit (symbol, dimension, numerator, denominator, shift) values
    ('m', 'length', 1, 1, 0), ('mm', 'length', 0.001, 1, 0), ('cm', 'length', 0.01, 1, 0), ('km', 'length', 1000, 1, 0),
    ('µm', 'length', 0.000001, 1, 0), ('um', 'length', 0.000001, 1, 0), ('nm', 'length', 0.000000001, 1, 0),
    ('in', 'length', 0.0254, 1, 0), ('mil', 'length', 0.0000254, 1, 0), ('thou', 'length', 0.0000254, 1, 0),
    ('ft', 'length', 0.3048, 1, 0), ('yd', 'length', 0.9144, 1, 0),
    ('m²', 'area', 1, 1, 0), ('mm²', 'area', 0.000001, 1, 0), ('cm²', 'area', 0.0001, 1, 0), ('in²', 'area', 0.00064516, 1, 0), ('ft²', 'area', 0.09290304, 1, 0),
    ('m³', 'volume', 1, 1, 0), ('cm³', 'volume', 0.000001, 1, 0), ('L', 'volume', 0.001, 1, 0), ('mL', 'volume', 0.000001, 1, 0), ('µL', 'volume', 0.000000001, 1, 0),
    ('in³', 'volume', 0.000016387064, 1, 0), ('gal', 'volume', 0.003785411784, 1, 0), ('fl oz', 'volume', 0.0000295735295625, 1, 0),
    ('kg', 'mass', 1, 1, 0), ('g', 'mass', 0.001, 1, 0), ('mg', 'mass', 0.000001, 1, 0), ('t', 'mass', 1000, 1, 0),
    ('lb', 'mass', 0.45359237, 1, 0), ('oz', 'mass', 0.028349523125, 1, 0),
    ('s', 'time', 1, 1, 0), ('ms', 'time', 0.001, 1, 0), ('min', 'time', 60, 1, 0), ('h', 'time', 3600, 1, 0), ('d', 'time', 86400, 1, 0),
    ('N', 'force', 1, 1, 0), ('kN', 'force', 1000, 1, 0), ('mN', 'force', 0.001, 1, 0), ('lbf', 'force', 4.4482216152605, 1, 0), ('kgf', 'force', 9.80665, 1, 0),
    ('N·m', 'torque', 1, 1, 0), ('Nm', 'torque', 1, 1, 0), ('cN·m', 'torque', 0.01, 1, 0), ('mN·m', 'torque', 0.001, 1, 0), ('kN·m', 'torque', 1000, 1, 0),
    ('lbf·ft', 'torque', 1.3558179483314004, 1, 0), ('ft·lbf', 'torque', 1.3558179483314004, 1, 0),
    ('lbf·in', 'torque', 0.1129848290276167, 1, 0), ('in·lbf', 'torque', 0.1129848290276167, 1, 0), ('kgf·m', 'torque', 9.80665, 1, 0), ('kgf·cm', 'torque', 0.0980665, 1, 0),
    ('Pa', 'pressure', 1, 1, 0), ('hPa', 'pressure', 100, 1, 0), ('kPa', 'pressure', 1000, 1, 0), ('MPa', 'pressure', 1000000, 1, 0), ('GPa', 'pressure', 1000000000, 1, 0),
    ('bar', 'pressure', 100000, 1, 0), ('mbar', 'pressure', 100, 1, 0), ('atm', 'pressure', 101325, 1, 0), ('Torr', 'pressure', 101325, 760, 0),
    ('psi', 'pressure', 4.4482216152605, 0.00064516, 0), ('ksi', 'pressure', 4448.2216152605, 0.00064516, 0),
    ('K', 'temperature', 1, 1, 0), ('°C', 'temperature', 1, 1, 273.15), ('°F', 'temperature', 5, 9, 459.67), ('°R', 'temperature', 5, 9, 0),
    ('A', 'current', 1, 1, 0), ('mA', 'current', 0.001, 1, 0), ('µA', 'current', 0.000001, 1, 0),
    ('V', 'voltage', 1, 1, 0), ('mV', 'voltage', 0.001, 1, 0), ('kV', 'voltage', 1000, 1, 0),
    ('Ω', 'resistance', 1, 1, 0), ('mΩ', 'resistance', 0.001, 1, 0), ('kΩ', 'resistance', 1000, 1, 0), ('MΩ', 'resistance', 1000000, 1, 0),
    ('F', 'capacitance', 1, 1, 0), ('µF', 'capacitance', 0.000001, 1, 0), ('nF', 'capacitance', 0.000000001, 1, 0), ('pF', 'capacitance', 0.000000000001, 1, 0),
    ('W', 'power', 1, 1, 0), ('mW', 'power', 0.001, 1, 0), ('kW', 'power', 1000, 1, 0),
    ('J', 'energy', 1, 1, 0), ('kJ', 'energy', 1000, 1, 0), ('kWh', 'energy', 3600000, 1, 0),
    ('Hz', 'frequency', 1, 1, 0), ('kHz', 'frequency', 1000, 1, 0), ('MHz', 'frequency', 1000000, 1, 0), ('GHz', 'frequency', 1000000000, 1, 0),
    ('m/s', 'velocity', 1, 1, 0), ('mm/s', 'velocity', 0.001, 1, 0), ('in/s', 'velocity', 0.0254, 1, 0), ('ft/s', 'velocity', 0.3048, 1, 0),
    ('%', 'ratio', 0.01, 1, 0), ('ppm', 'ratio', 0.000001, 1, 0)
on conflict (symbol) do update set dimension = excluded.dimension, numerator = excluded.numerator, denominator = excluded.denominator, shift = excluded.shift
where (unit.dimension, unit.numerator, unit.denominator, unit.shift)
    is distinct from (excluded.dimension, excluded.numerator, excluded.denominator, excluded.shift);

-- One division, at the end. A quotient that ends within 30 decimals is exact; another is rounded, half away from zero, to 15
-- significant digits: more than any instrument reads, and the value as it was entered is kept beside it.
create or replace function traveler_private.converted(p_value numeric, p_from text, p_to text) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_over numeric;
    v_under numeric;
    v_shift numeric;
    v_result numeric;
begin
    if p_from = p_to then
        return p_value;
    end if;
    select (p_value + f.shift) * f.numerator * t.denominator, f.denominator * t.numerator, t.shift into v_over, v_under, v_shift
    from traveler.unit f join traveler.unit t on t.dimension = f.dimension
    where f.symbol = p_from and t.symbol = p_to;
    if v_over is null then
        return null;
    end if;
    -- The scale of a quotient is the greater of its operands'.
    v_result := (v_over + 0.000000000000000000000000000000000000) / v_under;
    if round(v_result, 30) * v_under = v_over then
        return trim_scale(round(v_result, 30) - v_shift);
    end if;
    v_result := v_result - v_shift;
    return trim_scale(round(v_result, case when v_result = 0 then 30 else least(30, greatest(0, 14 - floor(log(abs(v_result)))::integer)) end));
end
$$;
comment on function traveler_private.converted is 'A value in another unit of its dimension; null where the units do not convert (P4).';
