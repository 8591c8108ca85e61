{# The standard normal distribution: normal_pdf(x), normal_cdf(x), the upper tail normal_sf(x) and
   normal_quantile(p), null outside 0 < p < 1.
   Sources: W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23
   (1969), with the coefficients for the normal integral of ACM algorithm 715; M. J. Wichura,
   Algorithm AS 241, Applied Statistics 37 (1988). Relative error under 1e-13 in both tails to
   1e-300, below which the tail is 0; quantile 1e-14. #}
{% macro normal_functions() -%}
    {%- set square = '(x * x)' -%}
    {%- set near = polynomial(square, [
            '0.065682337918207449113e0', '2.2352520354606839287e0', '161.02823106855587881e0',
            '1067.6894854603709582e0', '18154.981253343561249e0',
        ]) ~ ' / ' ~ polynomial(square, [
            '1e0', '47.20258190468824187e0', '976.09855173777669322e0',
            '10260.932208618978205e0', '45507.789335026729956e0',
        ]) -%}
    {%- set middle = polynomial('y', [
            '1.0765576773720192317e-8', '0.39894151208813466764e0', '8.8831497943883759412e0',
            '93.506656132177855979e0', '597.27027639480026226e0', '2494.5375852903726711e0',
            '6848.1904505362823326e0', '11602.651437647350124e0', '9842.7148383839780218e0',
        ]) ~ ' / ' ~ polynomial('y', [
            '1e0', '22.266688044328115691e0', '235.38790178262499861e0', '1519.377599407554805e0',
            '6485.558298266760755e0', '18615.571640885098091e0', '34900.952721145977266e0',
            '38912.003286093271411e0', '19685.429676859990727e0',
        ]) -%}
    {%- set inverse = '(1e0 / (y * y))' -%}
    {%- set far = '(0.398942280401432677939946e0 - ' ~ inverse ~ ' * ' ~ polynomial(inverse, [
            '0.02307344176494017303e0', '0.21589853405795699e0', '0.1274011611602473639e0',
            '0.022235277870649807e0', '0.001421619193227893466e0', '2.9112874951168792e-5',
        ]) ~ ' / ' ~ polynomial(inverse, [
            '1e0', '1.28426009614491121e0', '0.468238212480865118e0', '0.0659881378689285515e0',
            '0.00378239633202758244e0', '7.29751555083966205e-5',
        ]) ~ ') / y' -%}
    {%- set centre = '(0.180625e0 - (p - 0.5e0) * (p - 0.5e0))' -%}
    {%- set quantile_near = '(p - 0.5e0) * ' ~ polynomial(centre, [
            '2.5090809287301226727e3', '3.3430575583588128105e4', '6.7265770927008700853e4',
            '4.5921953931549871457e4', '1.3731693765509461125e4', '1.9715909503065514427e3',
            '1.3314166789178437745e2', '3.3871328727963666080e0',
        ]) ~ ' / ' ~ polynomial(centre, [
            '5.2264952788528545610e3', '2.8729085735721942674e4', '3.9307895800092710610e4',
            '2.1213794301586595867e4', '5.3941960214247511077e3', '6.8718700749205790830e2',
            '4.2313330701600911252e1', '1e0',
        ]) -%}
    {%- set quantile_middle = polynomial('(r - 1.6e0)', [
            '7.74545014278341407640e-4', '2.27238449892691845833e-2', '2.41780725177450611770e-1',
            '1.27045825245236838258e0', '3.64784832476320460504e0', '5.76949722146069140550e0',
            '4.63033784615654529590e0', '1.42343711074968357734e0',
        ]) ~ ' / ' ~ polynomial('(r - 1.6e0)', [
            '1.05075007164441684324e-9', '5.47593808499534494600e-4', '1.51986665636164571966e-2',
            '1.48103976427480074590e-1', '6.89767334985100004550e-1', '1.67638483018380384940e0',
            '2.05319162663775882187e0', '1e0',
        ]) -%}
    {%- set quantile_far = polynomial('(r - 5e0)', [
            '2.01033439929228813265e-7', '2.71155556874348757815e-5', '1.24266094738807843860e-3',
            '2.65321895265761230930e-2', '2.96560571828504891230e-1', '1.78482653991729133580e0',
            '5.46378491116411436990e0', '6.65790464350110377720e0',
        ]) ~ ' / ' ~ polynomial('(r - 5e0)', [
            '2.04426310338993978564e-15', '1.42151175831644588870e-7', '1.84631831751005468180e-5',
            '7.86869131145613259100e-4', '1.48753612908506148525e-2', '1.36929880922735805310e-1',
            '5.99832206555887937690e-1', '1e0',
        ]) -%}
    {{ return([
        {
            'name': 'normal_pdf', 'parameters': ['x'],
            'expression': 'case
                when abs(x) < 37.6e0 then 0.398942280401432677939946e0 * exp(-0.5e0 * x * x)
                when x is not null then 0e0
            end',
        },
        {
            'name': 'normal_tail', 'parameters': ['y'],
            'expression': 'case
                when y < 5.656854249492380195e0
                    then exp(-0.5e0 * y * y) * (' ~ middle ~ ')
                when y < 37.2e0 then exp(-0.5e0 * y * y) * (' ~ far ~ ')
                when y is not null then 0e0
            end',
        },
        {
            'name': 'normal_cdf', 'parameters': ['x'],
            'expression': 'case
                when x < -0.67448975e0 then stats.normal_tail(-x)
                when x <= 0.67448975e0 then 0.5e0 + x * ' ~ near ~ '
                when x is not null then 1e0 - stats.normal_tail(x)
            end',
        },
        {'name': 'normal_sf', 'parameters': ['x'], 'expression': 'stats.normal_cdf(-x)'},
        {
            'name': 'normal_quantile_tail', 'parameters': ['r'],
            'expression': 'case when r <= 5e0 then ' ~ quantile_middle
                ~ ' else ' ~ quantile_far ~ ' end',
        },
        {
            'name': 'normal_quantile', 'parameters': ['p'],
            'expression': 'case
                when p > 0.075e0 and p < 0.925e0 then ' ~ quantile_near ~ '
                when p > 0e0 and p <= 0.075e0 then -stats.normal_quantile_tail(
                    sqrt(-ln(least(greatest(p, 1e-300), 1e0))))
                when p >= 0.925e0 and p < 1e0 then stats.normal_quantile_tail(
                    sqrt(-ln(least(greatest(1e0 - p, 1e-300), 1e0))))
            end',
        },
    ]) }}
{%- endmacro %}
