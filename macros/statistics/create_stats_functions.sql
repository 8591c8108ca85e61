{# Before any model: the statistical functions of macros/statistics/functions, for models and for
   people: select stats.t_cdf(2.1, 17). Parameters and results are doubles; an argument that is
   null or outside the domain gives null. Functions that another builds on come before it. #}
{% macro create_stats_functions() -%}
    {%- if execute and target.type != 'spark' -%}
        {%- do make_stats_functions(
            normal_functions() + ln_gamma_functions() + tail_newton_functions()
            + gamma_functions() + gamma_quantile_functions()
            + beta_functions() + beta_quantile_functions()
            + student_t_functions() + chi_square_functions() + f_functions()
            + binomial_functions() + poisson_functions() + normality_functions()
        ) -%}
    {%- endif -%}
{%- endmacro %}
